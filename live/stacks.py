"""The stacks that the probes deploy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from cdk_image_distribution import DistributionTargetRole, ImageDistribution
from cdk_image_distribution._handler_asset import assemble

#: Adds resources to a stack.
Declare = Callable[[cdk.Stack], object]

FUNCTIONS = Path(__file__).with_name("functions")
#: Roles of a target account, by the names that AWS prescribes.
DISTRIBUTION_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
LIFECYCLE_ROLE = "Ec2ImageBuilderCrossAccountLifecycleAccess"

IMAGE_BUILDER = "imagebuilder.amazonaws.com"
LIFECYCLE_POLICY = "service-role/EC2ImageBuilderLifecycleExecutionPolicy"
_RUNTIMES = (
    lambda_.Runtime.PYTHON_3_10,
    lambda_.Runtime.PYTHON_3_11,
    lambda_.Runtime.PYTHON_3_12,
    lambda_.Runtime.PYTHON_3_13,
)


def name_of(stack: cdk.Stack, part: str) -> str:
    """Return the name of an AMI or a configuration, which begins with the stack's."""
    return f"{stack.stack_name}-{part}".lower()


def configuration(
    stack: cdk.Stack, id: str, regions: Sequence[str], tags: Mapping[str, str], **settings: Any
) -> imagebuilder.CfnDistributionConfiguration:
    """Add a distribution configuration."""
    return imagebuilder.CfnDistributionConfiguration(
        stack,
        id,
        name=name_of(stack, id),
        distributions=[
            {
                "region": region,
                "amiDistributionConfiguration": {
                    "Name": name_of(stack, id) + "-{{ imagebuilder:buildDate }}",
                    "AmiTags": dict(tags),
                    **settings,
                },
            }
            for region in regions
        ],
    )


def spies(spy: str, **resources: Mapping[str, Any]) -> Declare:
    """Declare custom resources of the spy function.

    Args:
        spy: ARN of the function.
        resources: The properties of each, by logical id; `After` names one that it depends on, `ServiceTimeout` its
            seconds.
    """

    def declare(stack: cdk.Stack) -> None:
        made: dict[str, cdk.CfnResource] = {}
        for name, given in resources.items():
            properties = {"Version": "1", "ServiceTimeout": "300", **given}
            after = properties.pop("After", None)
            made[name] = cdk.CfnResource(
                stack, name, type="Custom::Spy", properties={"ServiceToken": spy, **properties}
            )
            if after:
                made[name].add_dependency(made[after])

    return declare


def target(source_account: str, wanted: Sequence[str]) -> Declare:
    """Declare the roles that another account needs.

    Args:
        source_account: The account that distributes.
        wanted: The names of those that are not there yet.
    """

    def declare(stack: cdk.Stack) -> None:
        if DISTRIBUTION_ROLE in wanted:
            DistributionTargetRole(stack, "Target", source_account=source_account)
        if LIFECYCLE_ROLE in wanted:
            iam.Role(
                stack,
                "Lifecycle",
                role_name=LIFECYCLE_ROLE,
                assumed_by=iam.ServicePrincipal(
                    IMAGE_BUILDER, conditions={"StringEquals": {"aws:SourceAccount": source_account}}
                ),
                managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(LIFECYCLE_POLICY)],
            )

    return declare


def distribution(source: str, regions: Sequence[str], tags: Mapping[str, str], **arguments: Any) -> Declare:
    """Declare the construct itself."""

    def declare(stack: cdk.Stack) -> None:
        made = ImageDistribution(
            stack,
            "Distribution",
            source_image=source,
            distribution_configuration=configuration(stack, "Configuration", regions, tags),
            **arguments,
        )
        cdk.CfnOutput(stack, "ImageArn", value=made.image_arn)

    return declare


def runtimes(folder: Path) -> Declare:
    """Declare a function for each runtime, with the handler's asset.

    Args:
        folder: Where its code is assembled.
    """
    code = folder / "versions"
    if not code.exists():
        shutil.copytree(assemble(), code)
        shutil.copy(FUNCTIONS / "versions.py", code / "versions.py")

    def declare(stack: cdk.Stack) -> None:
        for runtime in _RUNTIMES:
            id = runtime.name.replace("python", "Python").replace(".", "")
            function = lambda_.Function(
                stack,
                id,
                runtime=runtime,
                handler="versions.handler",
                code=lambda_.Code.from_asset(str(code)),
                timeout=cdk.Duration.seconds(60),
                memory_size=256,
                log_group=logs.LogGroup(stack, f"{id}Log", removal_policy=cdk.RemovalPolicy.DESTROY),
            )
            cdk.CfnOutput(stack, f"{id}Output", value=function.function_name, key=id)

    return declare
