"""What the function may do, whatever the distributions of its stack are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aws_cdk import ArnFormat, Aws, Fn
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._acknowledgements import wildcards
from ._environment import stack_of

#: The condition that a role is passed to Image Builder and to no other service.
TO_IMAGE_BUILDER = {"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}}

#: The source of the events that the function puts.
EVENT_SOURCE = "cdk-image-distribution"

_STACK_TAG = "cdk-image-distribution:stack-id"


class FunctionPolicy:
    """The statements of the function's role.

    They name no resource of a distribution. Otherwise an order of distributions could make a dependency cycle, and
    an update would take permissions away before the last Delete of a removed distribution.

    Args:
        scope: The provider, whose stack the statements name.
    """

    def __init__(self, scope: Construct) -> None:
        self._scope = scope
        # Once, since each time is a round trip to jsii's kernel.
        self._stack_id = Aws.STACK_ID
        stack_uuid = Fn.select(2, Fn.split("/", self._stack_id))
        #: The IAM path of the roles that the construct makes, unique to the stack.
        #: By its name and not its id, which would take three times the bytes in each role.
        self.role_path = Fn.sub("/cdk-image-distribution/${AWS::Region}/${AWS::StackName}/")
        #: The rules that the handler makes; see `polling_rule` in the handler.
        self.rules = self._arn("events", "rule", f"ami-{stack_uuid}-*")
        self._roles = self._arn(
            "iam", "role", f"cdk-image-distribution/{stack_of(scope).region}/{Aws.STACK_NAME}/*", region=""
        )

        self._bus = self._arn("events", "event-bus", "default")
        self._images = self._arn("imagebuilder", "image", "*")
        self._any_image = self._arn("imagebuilder", "image", "*", account="*")
        self._configurations = self._arn("imagebuilder", "distribution-configuration", "*")
        self._executions = self._arn("imagebuilder", "lifecycle-execution", "*")

    def statements(self, log_group: logs.ILogGroup, *, in_vpc: bool) -> list[iam.PolicyStatement]:
        """Return the statements."""
        in_request = {"StringEquals": {f"aws:RequestTag/{_STACK_TAG}": self._stack_id}}
        statements = [
            # Without CreateLogGroup: a late line must not create the group again after the stack's deletion.
            _allow(["logs:CreateLogStream", "logs:PutLogEvents"], log_group.log_group_arn),
            # A source may be an image of another owner, such as `aws`.
            _allow(["imagebuilder:GetImage"], self._any_image),
            # DistributeImage checks this of its caller. Source: service authorization reference, dependent actions.
            _allow(["imagebuilder:GetDistributionConfiguration"], self._configurations),
            # A new image has no tags yet, so that only the request's can be demanded. Whether the resource of
            # DistributeImage is the new image or the source, AWS does not say.
            _allow(["imagebuilder:DistributeImage"], self._any_image, in_request),
            _allow(["imagebuilder:TagResource"], self._images, in_request),
            _allow(
                [
                    "imagebuilder:CancelImageCreation",
                    "imagebuilder:DeleteImage",
                    "imagebuilder:RetryImage",
                    "imagebuilder:StartResourceStateUpdate",
                    "imagebuilder:UntagResource",
                ],
                self._images,
                {"StringEquals": {f"aws:ResourceTag/{_STACK_TAG}": self._stack_id}},
            ),
            _allow(["imagebuilder:GetLifecycleExecution"], self._executions),
            _allow(["iam:PassRole"], self._roles, TO_IMAGE_BUILDER),
            _allow(["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"], self.rules),
            # The key has many values: one for each event of the call.
            _allow(
                ["events:PutEvents"],
                self._bus,
                {"ForAllValues:StringEquals": {"events:source": EVENT_SOURCE}},
            ),
            # AWS allows only "*" for these.
            _allow(["ec2:DescribeImages", "events:ListRules", "tag:GetResources"], "*"),
            _allow(
                [
                    "cloudformation:DescribeStackEvents",
                    "cloudformation:DescribeStackResource",
                    "cloudformation:DescribeStacks",
                ],
                self._stack_id,
            ),
        ]
        if in_vpc:
            statements.append(_allow(_NETWORK_INTERFACES, "*"))
        return statements

    def wildcard_reasons(self) -> Iterator[tuple[str, str]]:
        """Yield the finding and the reason of each wildcard in the statements."""
        reasons = {
            "Image Builder chooses these names, and any image and configuration may be distributed.": [
                self._images,
                self._any_image,
                self._configurations,
                self._executions,
            ],
            "A rule for each wait, named by this stack's id.": [self.rules],
            "The roles that this package makes in this stack.": [self._roles],
            "Actions for which AWS allows no narrower resource than '*'.": ["*"],
        }
        for reason, resources in reasons.items():
            yield from dict.fromkeys(wildcards(self._scope, resources), reason).items()

    def _arn(self, service: str, resource: str, name: str, **place: Any) -> str:
        return stack_of(self._scope).format_arn(
            service=service, resource=resource, resource_name=name, arn_format=ArnFormat.SLASH_RESOURCE_NAME, **place
        )


# What Lambda itself does with the role of a function in a VPC. AWS's managed policy also allows CreateLogGroup.
_NETWORK_INTERFACES = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]


def _allow(actions: list[str], resource: str, conditions: dict[str, Any] | None = None) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=[resource], conditions=conditions)
