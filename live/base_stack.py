"""The stack that all probes share: roles, configurations, a parameter, the queue and the spy function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from .stacks import FUNCTIONS, IMAGE_BUILDER, LIFECYCLE_POLICY, Declare, configuration

#: An account of AWS's documentation, which no run can reach: a distribution to it fails.
UNREACHABLE_ACCOUNT = "111122223333"


def base_stack(source_ami: str, regions: Sequence[str], tags: Mapping[str, str], own: str, second: str) -> Declare:
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
            assumed_by=iam.ServicePrincipal(IMAGE_BUILDER),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy)],
        )

    execution = role("ExecutionRole", "EC2ImageBuilderExecutionPolicy")
    # The managed policy does not share AMIs that Image Builder did not make.
    execution.add_to_policy(
        iam.PolicyStatement(
            actions=["ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute", "ssm:GetParameter"], resources=["*"]
        )
    )
    return execution, role("LifecycleRole", LIFECYCLE_POLICY)


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
