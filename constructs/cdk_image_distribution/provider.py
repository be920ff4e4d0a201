"""The one Lambda function of a stack that answers for all of its distributions."""

from __future__ import annotations

from aws_cdk import ArnFormat, Aws, Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, IDependable

from .handler_asset import ENTRY, assemble
from .service_model import OPERATIONS

_ID = "ImageDistributionProvider"


class ImageDistributionProvider(Construct):
    """The function, its role and its log group; a stack makes one when its first distribution needs it."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        log_group = logs.LogGroup(
            self, "LogGroup", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=RemovalPolicy.DESTROY
        )
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Starts and removes EC2 Image Builder distributions for CloudFormation.",
        )
        self._pass_role: iam.PolicyStatement | None = None
        self._deletes_amis = False
        self._grant(log_group)
        self._function = lambda_.Function(
            self,
            "Handler",
            description="Custom resource: distributes AMIs with EC2 Image Builder (cdk-image-distribution).",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=ENTRY,
            code=lambda_.Code.from_asset(str(assemble())),
            role=self._role,
            log_group=log_group,
            # Longer than a call that is throttled to the last of its retries: see `clients` in the handler.
            timeout=Duration.minutes(5),
            memory_size=256,
        )
        # One permission for all rules that the handler makes, so that its waits add none: the function's policy
        # holds 20 KB, about 60 permissions.
        self._function.add_permission(
            "Rules", principal=iam.ServicePrincipal("events.amazonaws.com"), source_arn=self._rules
        )

    @classmethod
    def get_or_create(cls, scope: Construct) -> ImageDistributionProvider:
        """Return the provider of the scope's stack, making it for the first that asks."""
        stack = Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        return existing if isinstance(existing, ImageDistributionProvider) else cls(stack, _ID)

    @property
    def service_token(self) -> str:
        """ARN of the function, which CloudFormation invokes for each custom resource."""
        return self._function.function_arn

    @property
    def permissions(self) -> IDependable:
        """What a custom resource depends on, so that the function still has its policy at the last Delete."""
        return self._role

    def allow_to_pass(self, role: iam.IRole) -> None:
        """Let the function hand this role, and no other, to Image Builder, and to no other service."""
        if self._pass_role is None:
            self._pass_role = iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}},
            )
            self._role.add_to_policy(self._pass_role)
        else:
            self._pass_role.add_resources(role.role_arn)

    def allow_to_delete_amis(self, lifecycle_role: iam.IRole) -> None:
        """Let the function have Image Builder delete AMIs with this role."""
        self.allow_to_pass(lifecycle_role)
        if self._deletes_amis:
            return
        self._deletes_amis = True
        self._allow(["StartResourceStateUpdate"], self._arn("imagebuilder", "image", "*"))
        self._allow(["GetLifecycleExecution"], self._arn("imagebuilder", "lifecycle-execution", "*"))
        # To tell the source AMI, which stays, from its copies. AWS allows only "*" here.
        self._role.add_to_policy(iam.PolicyStatement(actions=["ec2:DescribeImages"], resources=["*"]))

    def _grant(self, log_group: logs.LogGroup) -> None:
        # No CreateLogGroup: a late line must not bring back the group that went with the stack.
        log_group.grant_write(self._role)
        self._allow(
            [name for name in OPERATIONS if name not in ("GetLifecycleExecution", "StartResourceStateUpdate")],
            self._arn("imagebuilder", "image", "*"),
        )
        self._role.add_to_policy(
            iam.PolicyStatement(
                actions=["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"],
                resources=[self._rules],
            )
        )
        self._role.add_to_policy(
            # Rules left over and images without an answer are looked for. AWS allows only "*" for both.
            iam.PolicyStatement(actions=["events:ListRules", "tag:GetResources"], resources=["*"])
        )
        self._role.add_to_policy(
            # Tells an image that an update left behind from the one that is the stack's own.
            iam.PolicyStatement(actions=["cloudformation:DescribeStackResource"], resources=[Aws.STACK_ID])
        )

    def _allow(self, operations: list[str], resource: str) -> None:
        actions = sorted(f"imagebuilder:{name}" for name in operations)
        self._role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))

    @property
    def _rules(self) -> str:
        # The handler names its rules so, see `rules` there.
        stack_uuid = Fn.select(2, Fn.split("/", Aws.STACK_ID))
        return self._arn("events", "rule", f"ami-{stack_uuid}-*")

    def _arn(self, service: str, resource: str, name: str) -> str:
        return Stack.of(self).format_arn(
            service=service, resource=resource, resource_name=name, arn_format=ArnFormat.SLASH_RESOURCE_NAME
        )
