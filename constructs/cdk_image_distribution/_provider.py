"""The one Lambda function of a stack that answers for all of its distributions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property

import jsii
from aws_cdk import CfnResource, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IDependable

from . import _argument_types as types
from ._acknowledgements import INLINE_POLICIES, acknowledge
from ._attached_policies import AttachedPolicies
from ._environment import stack_of
from ._function_policy import TO_IMAGE_BUILDER, FunctionPolicy
from ._handler_asset import ENTRY, assemble, folder_in_assembly
from ._made_role import Trust

_ID = "ImageDistributionProvider"


@jsii.implements(ec2.IConnectable)
class ImageDistributionProvider(Construct):
    """The Lambda function of a stack's distributions, with its role and its log group.

    The first distribution of a stack creates one. Create your own for other settings, and pass it to the distributions
    of its stack as `provider`.

    Args:
        scope: The parent construct, in the distributions' stack.
        id: The construct's id.
        role: The function's role. It must trust `lambda.amazonaws.com`. The construct adds the function's policies,
            unless the role takes no updates (`role.without_policy_updates()`); then it must allow the
            `policy_statements` and what other arguments need. Default: a new role.
        log_group: The function's log group. Default: a new log group.
        log_retention: How long a new log group keeps its logs. Default: three months.
        vpc: The VPC that the function runs in. From its subnets it must reach the endpoints of Image Builder,
            EventBridge, CloudFormation, Resource Groups Tagging, EC2, CloudWatch Logs and S3. Default: none.
        vpc_subnets: The subnets in the VPC. Default: the private ones.
        security_groups: The security groups in the VPC. Default: a new one.
        memory_size: The function's memory in MiB.
        environment_encryption: The key that encrypts the function's environment. Default: Lambda's own key.
        reserved_concurrent_executions: How many requests the function may handle at once. Lambda delivers the others
            later. Default: no limit.
        dead_letter_queue: The queue for requests that the function did not answer. They contain the URL for
            CloudFormation's answer. Default: none.
        on_failure: The destination for those requests, with the error. Default: none.
        tracing: The mode of AWS X-Ray tracing. Default: off.

    Raises:
        TypeError: An argument has another type.
        ValueError: Subnets or security groups without a VPC; a log group and a retention.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        role: iam.IRole | None = None,
        log_group: logs.ILogGroup | None = None,
        log_retention: logs.RetentionDays | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        memory_size: int = 256,
        environment_encryption: kms.IKey | None = None,
        reserved_concurrent_executions: int | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        on_failure: lambda_.IDestination | None = None,
        tracing: lambda_.Tracing | None = None,
    ) -> None:
        types.SCOPE.check("scope", scope)
        types.TEXT.check("id", id)
        types.ROLE.check_optional("role", role)
        types.LOG_GROUP.check_optional("log_group", log_group)
        types.RETENTION.check_optional("log_retention", log_retention)
        types.VPC.check_optional("vpc", vpc)
        types.SUBNETS.check_optional("vpc_subnets", vpc_subnets)
        types.SECURITY_GROUPS.check_optional("security_groups", security_groups)
        types.NUMBER.check("memory_size", memory_size)
        types.KEY.check_optional("environment_encryption", environment_encryption)
        types.NUMBER.check_optional("reserved_concurrent_executions", reserved_concurrent_executions)
        types.QUEUE.check_optional("dead_letter_queue", dead_letter_queue)
        types.DESTINATION.check_optional("on_failure", on_failure)
        types.TRACING.check_optional("tracing", tracing)
        super().__init__(scope, id)
        if vpc is None and (vpc_subnets is not None or security_groups is not None):
            raise ValueError("vpc must be given if vpc_subnets or security_groups are given, got None. Pass their VPC.")
        if log_group is not None and log_retention is not None:
            raise ValueError(
                f"log_retention must be None if log_group is given, got {log_retention}. Set the group's own."
            )
        self._log_group = log_group or logs.LogGroup(
            self,
            "LogGroup",
            retention=log_retention or logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._role = role or iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Starts and removes EC2 Image Builder distributions for CloudFormation.",
        )
        self._policy = FunctionPolicy(self)
        self._attached = AttachedPolicies(self, self._role)
        statements = self._policy.statements(self._log_group, in_vpc=vpc is not None)
        self._function = lambda_.Function(
            self,
            "Handler",
            description="Custom resource: distributes AMIs with EC2 Image Builder (cdk-image-distribution).",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=ENTRY,
            code=lambda_.Code.from_asset(str(folder_in_assembly(self, assemble()))),
            role=self._role,
            initial_policy=statements if self._attached.role_is_own else None,
            log_group=self._log_group,
            timeout=Duration.minutes(5),
            # Below every ServiceTimeout, so that no request is delivered after CloudFormation gave it up.
            max_event_age=Duration.minutes(15),
            retry_attempts=2,
            memory_size=memory_size,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            environment_encryption=environment_encryption,
            reserved_concurrent_executions=reserved_concurrent_executions,
            dead_letter_queue=dead_letter_queue,
            on_failure=on_failure,
            tracing=tracing,
        )
        if not self._attached.role_is_own:
            # CDK would put the statements into a policy whose name another stack's may have, or into the role's stack.
            self._function.node.add_dependency(self._attached.attach("Policy", statements))
        # One permission for all rules that the handler makes. The function's resource policy holds 20 KB, about 60
        # permissions.
        self._function.add_permission(
            "Rules", principal=iam.ServicePrincipal("events.amazonaws.com"), source_arn=self._policy.rules
        )
        self._service_token = self._function.function_arn
        rules = self._function.node.find_child("Rules")
        assert isinstance(rules, CfnResource)
        rules.node.add_dependency(self._function.node.find_child("EventInvokeConfig"))
        #: What every distribution depends on: with it, the function and its permissions are complete.
        self._permissions = rules
        tested = "The runtime is the one that the handler is tested with."
        reasons = {"AwsSolutions-L1": tested, "Serverless-LambdaLatestVersion": tested, **INLINE_POLICIES}
        acknowledge(scope, self, lambda: {**reasons, **dict(self._policy.wildcard_reasons())})

    @classmethod
    def get_or_create(cls, scope: Construct) -> ImageDistributionProvider:
        """Return the provider of the scope's stack. The first call creates it."""
        types.SCOPE.check("scope", scope)
        return _of_stack(stack_of(scope))

    @staticmethod
    def policy_statements(
        scope: Construct, log_group: logs.ILogGroup, *, in_vpc: bool = False
    ) -> list[iam.PolicyStatement]:
        """Return what the function's role must allow, for your own policy.

        Your own role must also allow `iam:PassRole` on each `execution_role` and `lifecycle_role` that you
        pass, and `ssm:GetParameter` on the parameters of `ssm:` sources.

        Args:
            scope: A construct of the distributions' stack.
            log_group: The function's log group.
            in_vpc: Whether the function is in a VPC.
        """
        types.SCOPE.check("scope", scope)
        types.LOG_GROUP.check("log_group", log_group)
        types.FLAG.check("in_vpc", in_vpc)
        return FunctionPolicy(scope).statements(log_group, in_vpc=in_vpc)

    @property
    def function(self) -> lambda_.IFunction:
        """The function, such as for alarms on its metrics."""
        return self._function

    @property
    def role(self) -> iam.IRole:
        """The function's role, made or passed."""
        return self._role

    @property
    def log_group(self) -> logs.ILogGroup:
        """The function's log group, made or passed."""
        return self._log_group

    @property
    def connections(self) -> ec2.Connections:
        """The function's network connections, in a VPC.

        Raises:
            ValueError: The function is in no VPC.
        """
        if not self._function.is_bound_to_vpc:
            raise ValueError(
                "vpc must be given for connections, got None. Pass vpc to ImageDistributionProvider: without one, the "
                "function has no security group."
            )
        return self._function.connections

    def _check_serves(self, scope: Construct) -> None:
        """Raise ValueError unless the scope is in this provider's stack, the one that its permissions name."""
        here, there = stack_of(scope).node.path, stack_of(self).node.path
        if here != there:
            raise ValueError(
                f"provider must be in the distribution's own stack, {here}, got one in {there}. "
                "Make one in each stack: its permissions name the stack."
            )

    @cached_property
    def _trust(self) -> Trust:
        """What the roles have in common that the function may pass to Image Builder without a further policy."""
        return Trust(self, self._policy.role_path)

    def _allow_to_pass(self, role: iam.IRole) -> IDependable:
        """Let the function pass a role of the user's to Image Builder, and return what allows it."""
        return self._attached.allow("iam:PassRole", role.role_arn, told_apart_by=role, conditions=TO_IMAGE_BUILDER)

    def _allow_to_read(self, parameter_arn: str, scope: Construct) -> IDependable:
        """Let the function read a distribution's SSM parameter, and return what allows it.

        Image Builder checks it of DistributeImage's caller.
        """
        return self._attached.allow("ssm:GetParameter", parameter_arn, told_apart_by=scope)

    def _allow_later(self, distribution: Construct) -> iam.Policy:
        """Return a policy of the function's role for what may depend on a distribution: the function cannot."""
        return self._attached.attach(f"Grants{distribution.node.addr[-8:]}", [])


@cache
def _of_stack(stack: Stack) -> ImageDistributionProvider:
    existing = stack.node.try_find_child(_ID)
    return existing if isinstance(existing, ImageDistributionProvider) else ImageDistributionProvider(stack, _ID)
