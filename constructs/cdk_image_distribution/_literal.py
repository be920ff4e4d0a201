"""Tells text that is known at synthesis from tokens, with as few round trips to jsii's kernel as possible."""

from __future__ import annotations

from typing import Any, TypeGuard

from aws_cdk import Token

# CDK encodes a token in text as "${Token[…]}".
_MARK = "${"


def is_literal(value: Any) -> TypeGuard[str]:
    """Return whether a value is text without a token in it."""
    return isinstance(value, str) and (_MARK not in value or not Token.is_unresolved(value))
