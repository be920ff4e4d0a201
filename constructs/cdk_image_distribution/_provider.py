"""The one Lambda function of a stack that answers for all of its distributions."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, IDependable

from . import _argument_types as types
from ._acknowledgements import acknowledge
from ._attached_policies import AttachedPolicies
from ._function_policy import TO_IMAGE_BUILDER, FunctionPolicy
from ._handler_asset import ENTRY, assemble

_ID = "ImageDistributionProvider"


class ImageDistributionProvider(Construct):
    """The function, its role and its log group; a stack makes one when its first distribution needs it.

    Make one of your own for other settings, and give it to the distributions of its stack as `provider`. Names,
    tags, permissions boundaries and the like go on it by CDK's usual ways.

    Args:
        scope: The construct that this one is in, of the distributions' stack.
        id: Its id there.
        vpc: The VPC that the function runs in. From its subnets it must reach the endpoints of Image Builder,
            EventBridge, CloudFormation, Resource Groups Tagging, EC2, CloudWatch Logs and, for its answers, S3.
            Default: none.
        vpc_subnets: The subnets, in a VPC. Default: CDK's own, the private ones.
        security_groups: The security groups, in a VPC. Default: one is made.
        log_retention: How long the function's log is kept. Default: three months.
        memory_size: The function's memory in MiB. Default: 256.
        environment_encryption: The key that encrypts the function's environment. Default: Lambda's own.

    Raises:
        TypeError: An argument has another type.
        ValueError: Subnets or security groups without a VPC.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        memory_size: int = 256,
        environment_encryption: kms.IKey | None = None,
    ) -> None:
        types.SCOPE.check("scope", scope)
        types.TEXT.check("id", id)
        types.VPC.check_optional("vpc", vpc)
        types.SUBNETS.check_optional("vpc_subnets", vpc_subnets)
        types.SECURITY_GROUPS.check_optional("security_groups", security_groups)
        types.RETENTION.check("log_retention", log_retention)
        types.NUMBER.check("memory_size", memory_size)
        types.KEY.check_optional("environment_encryption", environment_encryption)
        super().__init__(scope, id)
        if vpc is None and (vpc_subnets is not None or security_groups is not None):
            raise ValueError(
                "vpc must be given with vpc_subnets or security_groups, got None. Pass the VPC that they are in."
            )
        log_group = logs.LogGroup(self, "LogGroup", retention=log_retention, removal_policy=RemovalPolicy.DESTROY)
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Starts and removes EC2 Image Builder distributions for CloudFormation.",
        )
        self._policy = FunctionPolicy(self)
        self._policy.grant(self._role, log_group, in_vpc=vpc is not None)
        self._attached = AttachedPolicies(self, self._role)
        self._function = lambda_.Function(
            self,
            "Handler",
            description="Custom resource: distributes AMIs with EC2 Image Builder (cdk-image-distribution).",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=ENTRY,
            code=lambda_.Code.from_asset(str(assemble())),
            role=self._role,
            log_group=log_group,
            timeout=Duration.minutes(5),
            # Below every ServiceTimeout, so that no request is delivered after CloudFormation gave it up.
            max_event_age=Duration.minutes(15),
            retry_attempts=2,
            memory_size=memory_size,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            environment_encryption=environment_encryption,
        )
        # One permission for all rules that the handler makes. The function's resource policy holds 20 KB, about 60
        # permissions.
        self._function.add_permission(
            "Rules", principal=iam.ServicePrincipal("events.amazonaws.com"), source_arn=self._policy.rules
        )
        self._service_token = self._function.function_arn
        self._permissions = self._function.node.find_child("Rules")
        self._permissions.node.add_dependency(self._function.node.find_child("EventInvokeConfig"))
        acknowledge(self, {"AwsSolutions-L1": "The runtime is the one that the handler is tested with."})

    @classmethod
    def get_or_create(cls, scope: Construct) -> ImageDistributionProvider:
        """Return the provider of the scope's stack, making it for the first that asks."""
        types.SCOPE.check("scope", scope)
        stack = Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        return existing if isinstance(existing, ImageDistributionProvider) else cls(stack, _ID)

    def check_serves(self, scope: Construct) -> None:
        """Raise ValueError unless the scope is in this provider's stack, the one that its permissions name."""
        here, there = Stack.of(scope).node.path, Stack.of(self).node.path
        if here != there:
            raise ValueError(
                f"provider must be in the distribution's own stack, {here}, got one in {there}. "
                "Make one in each stack: its permissions name the stack."
            )

    @property
    def service_token(self) -> str:
        """ARN of the function, which CloudFormation invokes for each custom resource."""
        return self._service_token

    @property
    def permissions(self) -> IDependable:
        """What a custom resource depends on: the last resource of the function and of its policy."""
        return self._permissions

    @property
    def role_path(self) -> str:
        """IAM path of the roles that the function may pass to Image Builder without a further policy."""
        return self._policy.role_path

    def allow_to_pass(self, role: iam.IRole) -> IDependable:
        """Let the function pass a role of the user's to Image Builder, and return what allows it."""
        return self._attached.allow("iam:PassRole", role.role_arn, told_apart_by=role, conditions=TO_IMAGE_BUILDER)

    def allow_to_read(self, parameter_arn: str, scope: Construct) -> IDependable:
        """Let the function read a distribution's SSM parameter, and return what allows it.

        Image Builder checks it of DistributeImage's caller.
        """
        return self._attached.allow("ssm:GetParameter", parameter_arn, told_apart_by=scope)
