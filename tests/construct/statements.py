"""The statements of policies, as a template has them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template


def statements_of(stack: cdk.Stack, policy: str = "ImageDistributionProviderRoleDefaultPolicy") -> list[Any]:
    """Return the statements of the policy whose logical id begins so, the function's by default."""
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").items()
    (found,) = (resource for id, resource in policies if id.startswith(policy))
    statements: list[Any] = found["Properties"]["PolicyDocument"]["Statement"]
    return statements


def arn_of(service: str, resource: str) -> dict[str, Any]:
    """Return an ARN of the stack's Region and account as a template has it."""
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":{service}:eu-west-1:123456789012:{resource}"]]}


def allow(action: str | list[str], resource: Any, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a statement as a template has it."""
    statement = {"Action": action, "Effect": "Allow", "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement
