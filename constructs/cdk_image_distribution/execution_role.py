"""The roles that Image Builder acts with: to distribute, and to delete AMIs."""

from __future__ import annotations

from aws_cdk import ArnFormat, Aws, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct


def make_execution_role(
    scope: Construct, id: str, *, log_group: logs.ILogGroup | None, source_parameter: str | None
) -> iam.Role:
    """Make a role that only Image Builder, and only for this account, can assume to distribute an image.

    AWS's managed policy covers the distribution itself, but of logs only /aws/imagebuilder/ and of SSM
    parameters only /imagebuilder/; what a distribution needs on top is granted by name.

    Args:
        scope: Where the role goes.
        id: Its id there.
        log_group: The log group that Image Builder writes to, if not its own.
        source_parameter: Name or ARN of the SSM parameter that Image Builder reads the source from, if any.
    """
    statements = []
    if log_group is not None:
        statements.append(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log_group.log_group_arn],
            )
        )
    if source_parameter is not None:
        statements.append(
            iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[_parameter_arn(scope, source_parameter)])
        )
    return iam.Role(
        scope,
        id,
        assumed_by=_image_builder_of_this_account(),
        description="EC2 Image Builder distributes an image with this role.",
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("EC2ImageBuilderExecutionPolicy")],
        inline_policies={"Distribution": iam.PolicyDocument(statements=statements)} if statements else None,
    )


def make_lifecycle_role(scope: Construct, id: str) -> iam.Role:
    """Make a role to delete AMIs and snapshots with; AWS's policy knows only those that Image Builder made."""
    policy = "service-role/EC2ImageBuilderLifecycleExecutionPolicy"
    return iam.Role(
        scope,
        id,
        assumed_by=_image_builder_of_this_account(),
        description="EC2 Image Builder deletes the AMIs of an image with this role.",
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy)],
    )


def _image_builder_of_this_account() -> iam.IPrincipal:
    # Keeps out the confused deputy: another account's Image Builder.
    return iam.ServicePrincipal(
        "imagebuilder.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    )


def _parameter_arn(scope: Construct, parameter: str) -> str:
    if not Token.is_unresolved(parameter) and parameter.startswith("arn:"):
        return parameter
    return Stack.of(scope).format_arn(
        service="ssm",
        resource="parameter",
        resource_name=parameter.removeprefix("/"),
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
    )
