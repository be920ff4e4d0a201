"""The stacks that a run deploys."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from cdk_image_distribution import DistributionTargetRole, ImageDistribution
from cdk_image_distribution._handler_asset import assemble

#: Adds resources to a stack.
Declare = Callable[[cdk.Stack], object]

#: An account of AWS's documentation, which no run can reach: a distribution to it fails.
UNREACHABLE_ACCOUNT = "111122223333"

FUNCTIONS = Path(__file__).with_name("functions")
#: Roles of a target account, by the names that AWS prescribes.
DISTRIBUTION_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
LIFECYCLE_ROLE = "Ec2ImageBuilderCrossAccountLifecycleAccess"

_IMAGE_BUILDER = "imagebuilder.amazonaws.com"
_LIFECYCLE_POLICY = "service-role/EC2ImageBuilderLifecycleExecutionPolicy"
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


def base(source_ami: str, regions: Sequence[str], tags: Mapping[str, str], own: str, second: str) -> Declare:
    """Declare what the probes share: roles, configurations, a parameter, the queue and the spy function.

    Args:
        source_ami: The AMI that is distributed.
        regions: The home Region and another one.
        tags: Tags of all AMIs.
        own: The account.
        second: Another account that images are shared with, empty if there is none.
    """

    def declare(stack: cdk.Stack) -> None:
        execution, lifecycle = _roles(stack)
        caller = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
        # Sessions get no more than their session policy says.
        caller.add_to_policy(
            iam.PolicyStatement(
                actions=["imagebuilder:*", "ec2:DescribeImages", "ssm:GetParameter"],
                resources=["*"],
            )
        )
        for role in (execution, lifecycle):
            role.grant_pass_role(caller)
        home = configuration(
            stack,
            "Home",
            regions,
            {**tags, "Distributed": "yes"},
            LaunchPermissionConfiguration={"UserIds": [second or own]},
        )
        elsewhere = configuration(stack, "Elsewhere", regions[1:], tags)
        failing = configuration(stack, "Failing", regions[1:], tags, TargetAccountIds=[UNREACHABLE_ACCOUNT])
        second_configuration = (
            configuration(stack, "Second", regions[1:], tags, TargetAccountIds=[second]) if second else None
        )
        parameter = ssm.StringParameter(
            stack, "Source", string_value=source_ami, data_type=ssm.ParameterDataType.AWS_EC2_IMAGE
        )
        queue = _queue(stack)
        for name, value in {
            "ExecutionRole": execution.role_arn,
            "LifecycleRole": lifecycle.role_arn,
            "Caller": caller.role_arn,
            "Home": home.attr_arn,
            "Elsewhere": elsewhere.attr_arn,
            "Failing": failing.attr_arn,
            **({"Second": second_configuration.attr_arn} if second_configuration else {}),
            "Parameter": parameter.parameter_name,
            "Queue": queue.queue_url,
            "Spy": _spy(stack, queue).function_arn,
        }.items():
            cdk.CfnOutput(stack, f"{name}Output", value=value, key=name)

    return declare


def _roles(stack: cdk.Stack) -> tuple[iam.Role, iam.Role]:
    def role(id: str, policy: str) -> iam.Role:
        return iam.Role(
            stack,
            id,
            assumed_by=iam.ServicePrincipal(_IMAGE_BUILDER),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy)],
        )

    execution = role("ExecutionRole", "EC2ImageBuilderExecutionPolicy")
    # The managed policy does not share AMIs that Image Builder did not make.
    execution.add_to_policy(
        iam.PolicyStatement(
            actions=["ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute", "ssm:GetParameter"], resources=["*"]
        )
    )
    return execution, role("LifecycleRole", _LIFECYCLE_POLICY)


def _queue(stack: cdk.Stack) -> sqs.Queue:
    queue = sqs.Queue(stack, "Queue", removal_policy=cdk.RemovalPolicy.DESTROY)
    events.Rule(
        stack,
        "Events",
        event_pattern=events.EventPattern(source=["aws.imagebuilder"]),
        targets=[targets.SqsQueue(queue)],
    )
    return queue


def _spy(stack: cdk.Stack, queue: sqs.Queue) -> lambda_.Function:
    function = lambda_.Function(
        stack,
        "Spy",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline((FUNCTIONS / "spy.py").read_text("utf-8")),
        timeout=cdk.Duration.minutes(5),
        environment={"QUEUE": queue.queue_url},
        log_group=logs.LogGroup(stack, "SpyLog", removal_policy=cdk.RemovalPolicy.DESTROY),
    )
    queue.grant_send_messages(function)
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["cloudformation:DescribeStacks", "cloudformation:DescribeStackResource"], resources=["*"]
        )
    )
    return function


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
                    _IMAGE_BUILDER, conditions={"StringEquals": {"aws:SourceAccount": source_account}}
                ),
                managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_LIFECYCLE_POLICY)],
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
