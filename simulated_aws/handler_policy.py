"""The policies of the function's role, as the construct writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .boto_clients import REGION
from .permissions import Document
from .requests import ACCOUNT

_STACK_TAG = "cdk-image-distribution:stack-id"


def own_role(name: str) -> str:
    """Return the ARN of a role that the construct makes, below the IAM path of the stack."""
    return f"arn:aws:iam::{ACCOUNT}:role/cdk-image-distribution/golden/{name}"


def function_policy(stack_id: str) -> Document:
    """Return the policy that is the same whatever distributions the stack has."""
    images = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image/*"
    rules = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/ami-{stack_id.rpartition('/')[2]}-*"
    requested = {"StringEquals": {f"aws:RequestTag/{_STACK_TAG}": stack_id}}
    held = {"StringEquals": {f"aws:ResourceTag/{_STACK_TAG}": stack_id}}
    return _document(
        _allow(["imagebuilder:GetImage"], images),
        _allow(["imagebuilder:DistributeImage", "imagebuilder:TagResource"], images, requested),
        _allow(
            [
                "imagebuilder:CancelImageCreation",
                "imagebuilder:DeleteImage",
                "imagebuilder:RetryImage",
                "imagebuilder:StartResourceStateUpdate",
                "imagebuilder:UntagResource",
            ],
            images,
            held,
        ),
        _allow(["imagebuilder:GetLifecycleExecution", "imagebuilder:GetDistributionConfiguration"], "*"),
        _allow(["events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:DeleteRule"], rules),
        _allow(
            ["events:PutEvents"],
            f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
            {"ForAllValues:StringEquals": {"events:source": "cdk-image-distribution"}},
        ),
        _allow(["events:ListRules", "tag:GetResources", "ec2:DescribeImages"], "*"),
        _allow(
            [
                "cloudformation:DescribeStacks",
                "cloudformation:DescribeStackResource",
                "cloudformation:DescribeStackEvents",
            ],
            stack_id,
        ),
        pass_role(own_role("*")),
    )


def pass_role_policy(role: str) -> Document:
    """Return the policy for a role that the user gave."""
    return _document(pass_role(role))


def pass_role(role: str) -> Mapping[str, Any]:
    """Return the statement that allows to pass a role to Image Builder."""
    return _allow(["iam:PassRole"], role, {"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}})


def _document(*statements: Mapping[str, Any]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(actions: list[str], resource: str, condition: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement
