"""The role that Image Builder distributes with, when the user brings none."""

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
        assumed_by=iam.ServicePrincipal(
            "imagebuilder.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        ),
        description="EC2 Image Builder distributes an image with this role.",
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("EC2ImageBuilderExecutionPolicy")],
        inline_policies={"Distribution": iam.PolicyDocument(statements=statements)} if statements else None,
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
