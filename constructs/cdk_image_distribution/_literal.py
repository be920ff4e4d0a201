"""Distinguishes text that is known at synthesis from tokens, and from CDK's placeholders for lookups.

A lookup without context returns a placeholder. The CLI looks the value up after that synthesis, and synthesises again.
As few values as possible take a round trip to jsii's kernel.
"""

from __future__ import annotations

from typing import Any, TypeGuard

from aws_cdk import Token

# CDK encodes a token in text as "${Token[…]}", in a list of texts as "#{Token[…]}".
_MARKS = ("${", "#{")

# Source: aws-cdk-lib 2.275.0, each `dummyValue`. No real value is one. The placeholders of the other lookups meet
# every rule that the real value meets: a key's ARN has the account and the Region of the stack.
_PARAMETER_VALUE = "dummy-value-for-"
_AMI_ID = "ami-1234"
_ROLE_ARN_END = ":123456789012:role/DUMMY_ARN"


def is_literal(value: Any) -> TypeGuard[str]:
    """Return whether a value is text that is known: without a token in it, and no placeholder."""
    if not isinstance(value, str) or is_placeholder(value):
        return False
    return not any(mark in value for mark in _MARKS) or not Token.is_unresolved(value)


def is_placeholder(value: Any) -> TypeGuard[str]:
    """Return whether a value is CDK's placeholder for a lookup, or text that contains one for an SSM parameter."""
    if not isinstance(value, str):
        return False
    return value == _AMI_ID or _PARAMETER_VALUE in value or value.endswith(_ROLE_ARN_END)
