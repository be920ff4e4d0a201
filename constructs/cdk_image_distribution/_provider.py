"""The one Lambda function of a stack that answers for all of its distributions."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import ArnFormat, Aws, Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, DependencyGroup, IDependable

from ._acknowledgements import acknowledge, wildcards
from ._handler_asset import ENTRY, assemble

_ID = "ImageDistributionProvider"

# A managed policy holds 6,144 characters. CDK makes as many as the statements need, but splits no statement.
_ROLES_IN_A_STATEMENT = 50


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
        super().__init__(scope, id)
        if vpc is None and (vpc_subnets is not None or security_groups is not None):
            raise ValueError("vpc_subnets and security_groups need a vpc, got none; name the VPC that they are in")
        log_group = logs.LogGroup(self, "LogGroup", retention=log_retention, removal_policy=RemovalPolicy.DESTROY)
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Starts and removes EC2 Image Builder distributions for CloudFormation.",
        )
        self._pass_role: iam.PolicyStatement
        self._passed_roles = 0
        self._deletes_amis = False
        self._grant(log_group)
        if vpc is not None:
            self._allow_network_interfaces()
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
            memory_size=memory_size,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            environment_encryption=environment_encryption,
        )
        # One permission for all rules that the handler makes, so that its waits add none: the function's policy
        # holds 20 KB, about 60 permissions.
        self._function.add_permission(
            "Rules", principal=iam.ServicePrincipal("events.amazonaws.com"), source_arn=self._rules
        )
        self._service_token = self._function.function_arn
        self._permissions = DependencyGroup(self._role, self._function.node.find_child("Rules"))
        self._acknowledge()

    @classmethod
    def get_or_create(cls, scope: Construct) -> ImageDistributionProvider:
        """Return the provider of the scope's stack, making it for the first that asks."""
        stack = Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        return existing if isinstance(existing, ImageDistributionProvider) else cls(stack, _ID)

    def check_serves(self, scope: Construct) -> None:
        """Raise ValueError unless the scope is in this provider's stack, the one that its permissions name."""
        here, there = Stack.of(scope).node.path, Stack.of(self).node.path
        if here != there:
            raise ValueError(
                f"provider must be in the distribution's own stack, {here}, got one in {there}: its permissions name "
                "that stack; make one in this stack"
            )

    @property
    def service_token(self) -> str:
        """ARN of the function, which CloudFormation invokes for each custom resource."""
        return self._service_token

    @property
    def permissions(self) -> IDependable:
        """What a custom resource depends on: at its Delete, too, the function has its policy and may be called back."""
        return self._permissions

    def allow_to_pass(self, role: iam.IRole) -> None:
        """Let the function hand this role, and no other, to Image Builder, and to no other service."""
        if self._passed_roles % _ROLES_IN_A_STATEMENT == 0:
            self._pass_role = iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}},
            )
            self._role.add_to_policy(self._pass_role)
        else:
            self._pass_role.add_resources(role.role_arn)
        self._passed_roles += 1

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

    def _allow_network_interfaces(self) -> None:
        # What Lambda itself does with this role in a VPC. AWS's managed policy would let it make log groups too.
        self._role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "ec2:AssignPrivateIpAddresses",
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSubnets",
                    "ec2:UnassignPrivateIpAddresses",
                ],
                resources=["*"],
            )
        )

    def _acknowledge(self) -> None:
        arns = [self._arn("imagebuilder", "image", "*"), self._arn("imagebuilder", "lifecycle-execution", "*")]
        names = "The names of images and of their deletions are Image Builder's, not known before they exist."
        acknowledge(
            self,
            {
                "AwsSolutions-L1": "The runtime is the one that the handler is tested with.",
                **dict.fromkeys(wildcards(self, arns), names),
                **dict.fromkeys(wildcards(self, [self._rules]), "A rule for each wait, named by this stack's id."),
                **dict.fromkeys(wildcards(self, ["*"]), "Actions for which AWS allows no narrower resource than '*'."),
            },
        )

    def _grant(self, log_group: logs.LogGroup) -> None:
        # No CreateLogGroup: a late line must not bring back the group that went with the stack.
        log_group.grant_write(self._role)
        self._allow(
            ["CancelImageCreation", "DeleteImage", "DistributeImage", "GetImage", "TagResource", "UntagResource"],
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
