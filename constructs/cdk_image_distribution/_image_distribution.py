"""ImageDistribution: checks its arguments, wires the custom resource, exposes what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import jsii
from aws_cdk import CfnResource, Duration, ITaggableV2, RemovalPolicy, Stack, TagManager, TagType
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct, Dependable, IConstruct, IDependable

from . import _argument_types as types
from ._distributed_image import IImageDistribution, ImportedDistribution
from ._distribution_configuration import DistributionConfiguration
from ._environment import check_same_account, check_same_region, environment_of
from ._execution_role import make_execution_role, policies_of
from ._lifecycle_role import make_lifecycle_role
from ._limits import check_account, check_log_group_name, check_role_arn, tag_problems, timeout_seconds
from ._machine_image import DistributedMachineImage
from ._parameter_arn import parameter_arn_for
from ._preflight import Preflight
from ._provider import ImageDistributionProvider
from ._regions import check_region
from ._source_image import SourceImage
from ._stage_preflight import Declared, register
from ._waiting import ImageDistributionWait

if TYPE_CHECKING:
    from aws_cdk import aws_ssm as ssm
    from aws_cdk.interfaces.aws_imagebuilder import IDistributionConfigurationRef

_RESOURCE_TYPE = "Custom::ImageDistribution"

_PROVIDER = types.ArgumentType(
    "be an ImageDistributionProvider",
    "Make one in this stack, or leave it out.",
    lambda value: isinstance(value, ImageDistributionProvider),
)

# One part of a wait.
_TIMEOUT_SECONDS = 55 * 60

# Not CloudFormation's default of an hour, so that a broken handler costs minutes: what the handler gives a start or a
# removal, and five minutes.
_START_OR_DELETE = "1200"
_DELETE_WITH_AMIS = "1800"


@jsii.implements(ITaggableV2)
class ImageDistribution(IImageDistribution):
    """Distributes an existing AMI to the Regions and accounts of a distribution configuration.

    Args:
        scope: The parent construct.
        id: The construct's id.
        source_image: The AMI: an id, `ssm:` and a parameter name or ARN, an Image Builder image ARN, a `SourceImage`,
            an `IMachineImage` or an `IStringParameter`. It must be in the stack's Region. At most 1,024 characters.
        distribution_configuration: The targets: a `CfnDistributionConfiguration`, any other
            `IDistributionConfigurationRef`, the alpha module's `DistributionConfiguration`, or an ARN. It must be in
            the stack's Region.
        execution_role: The role that Image Builder distributes with. It must be in the stack's account and trust
            `imagebuilder.amazonaws.com`. A role that you pass gets no permissions from this construct. Default: a role
            with the permissions that the configuration needs.
        log_group: The log group that Image Builder writes to. Its name has 1 to 512 letters, digits and `-_/.`.
            Default: `/aws/imagebuilder/<image name>`.
        tags: Tags of the Image Builder image, in addition to those of `Tags.of(…)`. At most 44 in all, keys of 1 to
            128 characters and values of at most 256. AMIs get their tags from the configuration. Default: none.
        revision: Any text; a new value starts a new distribution. A change of the source, or of a configuration in
            this app, does so without it. Default: none.
        timeout: How long the distribution may take, from 1 minute to 12 hours. It must be known at synthesis. Default:
            55 minutes.
        wait: Whether the deployment waits until every AMI is available. With `False` the deployment ends when the
            distribution has started, and `ami_id()` cannot be used.
        removal_policy: What happens to the image when it is removed from the stack or replaced. `DESTROY` deletes the
            image's record and keeps its AMIs.
        auto_delete_amis: Whether the AMIs and their snapshots are deleted with the image. The source AMI never is.
            AMIs in other accounts need a `LifecycleTargetRole` there. It requires `RemovalPolicy.DESTROY`.
        lifecycle_role: The role that Image Builder deletes the AMIs with. It must trust `imagebuilder.amazonaws.com`,
            and requires `auto_delete_amis=True`. A role that you pass gets no permissions from this construct.
            Default: a new role.
        provider: The Lambda function that handles the distribution, of the same stack. Default: one for all
            distributions of the stack.

    Raises:
        TypeError: An argument has another type.
        ValueError: An argument breaks a rule of the Image Builder API; the message says which.

    Source: Image Builder API reference, DistributeImage.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source_image: str | SourceImage | ec2.IMachineImage | ssm.IStringParameter,
        distribution_configuration: str | IDistributionConfigurationRef | IConstruct,
        execution_role: iam.IRole | None = None,
        log_group: logs.ILogGroup | None = None,
        tags: Mapping[str, str] | None = None,
        revision: str | None = None,
        timeout: Duration | None = None,
        wait: bool = True,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
        auto_delete_amis: bool = False,
        lifecycle_role: iam.IRole | None = None,
        provider: ImageDistributionProvider | None = None,
    ) -> None:
        types.SCOPE.check("scope", scope)
        types.TEXT.check("id", id)
        types.ROLE.check_optional("execution_role", execution_role)
        types.LOG_GROUP.check_optional("log_group", log_group)
        types.TAGS.check_optional("tags", tags)
        types.TEXT.check_optional("revision", revision)
        types.DURATION.check_optional("timeout", timeout)
        types.FLAG.check("wait", wait)
        types.REMOVAL_POLICY.check("removal_policy", removal_policy)
        types.FLAG.check("auto_delete_amis", auto_delete_amis)
        types.ROLE.check_optional("lifecycle_role", lifecycle_role)
        _PROVIDER.check_optional("provider", provider)
        super().__init__(scope, id)
        source = SourceImage.of(source_image).bind(self)
        seconds = timeout_seconds("timeout", timeout) if timeout is not None else _TIMEOUT_SECONDS
        if auto_delete_amis and removal_policy != RemovalPolicy.DESTROY:
            raise ValueError(
                f"removal_policy must be RemovalPolicy.DESTROY with auto_delete_amis, got {removal_policy}. "
                "Leave one of the two out: an image that is retained keeps its AMIs."
            )
        if lifecycle_role is not None and not auto_delete_amis:
            raise ValueError(
                "auto_delete_amis must be True with lifecycle_role, got False. Leave lifecycle_role out: no AMI is "
                "deleted."
            )
        problems = tag_problems(tags or {})
        if problems:
            raise ValueError(" ".join(problems))
        stack = Stack.of(self)
        own = environment_of(stack)
        if log_group is not None:
            check_log_group_name("log_group", log_group.log_group_name)
            check_same_region("log_group", log_group.env.region, own.region, "Image Builder logs where it is called.")
            check_same_account(
                "log_group", log_group.env.account, own.account, "Image Builder logs to its own account."
            )
        if execution_role is not None:
            check_role_arn("execution_role", execution_role.role_arn)
            check_same_account(
                "execution_role", execution_role.env.account, own.account, "Pass a role of this account."
            )
        if lifecycle_role is not None:
            check_role_arn("lifecycle_role", lifecycle_role.role_arn)
            check_same_account(
                "lifecycle_role", lifecycle_role.env.account, own.account, "Pass a role of this account."
            )

        if provider is not None:
            provider._check_serves(self)

        configuration = DistributionConfiguration(distribution_configuration, stack)
        self._configuration = configuration
        provider = provider or ImageDistributionProvider.get_or_create(self)
        parameter_arn = parameter_arn_for(self, source.parameter) if source.parameter is not None else None
        self._execution_role = execution_role or make_execution_role(
            self,
            "ExecutionRole",
            trust=provider._trust,
            log_group=log_group,
            source_parameter=parameter_arn,
            source_ami=source.ami,
            configuration=configuration,
        )
        self._tag_manager = TagManager(TagType.MAP, _RESOURCE_TYPE, dict(tags or {}))
        deletes_with = lifecycle_role
        if auto_delete_amis and deletes_with is None:
            deletes_with = make_lifecycle_role(self, "LifecycleRole", provider._trust, configuration)
        self._resource = CfnResource(
            self,
            "Resource",
            type=_RESOURCE_TYPE,
            properties={
                "ServiceToken": provider._service_token,
                "ServiceTimeout": _DELETE_WITH_AMIS if auto_delete_amis else _START_OR_DELETE,
                "SourceImage": source.value,
                "DistributionConfigurationArn": configuration.arn,
                "ExecutionRole": self._execution_role.role_arn,
                "LogGroupName": log_group.log_group_name if log_group is not None else None,
                "Tags": self._tag_manager.rendered_tags,
                "Revision": " ".join(part for part in (revision, configuration.digest) if part is not None) or None,
                "AutoDeleteAmis": "true" if auto_delete_amis else None,
                "LifecycleRole": deletes_with.role_arn if deletes_with is not None else None,
            },
        )
        if removal_policy != RemovalPolicy.DESTROY:
            self._resource.apply_removal_policy(removal_policy)
        dependencies: list[IDependable] = [provider._permissions, policies_of(self._execution_role)]
        dependencies += [provider._allow_to_pass(role) for role in (execution_role, lifecycle_role) if role is not None]
        if lifecycle_role is not None:
            dependencies.append(policies_of(lifecycle_role))
        if parameter_arn is not None:
            dependencies.append(provider._allow_to_read(parameter_arn, self))
        self._resource.node.add_dependency(*dependencies)
        # Known as soon as the distribution has started, so that a rule is there before it ends.
        self._started_image_arn = self._resource.get_att("ImageArn").to_string()
        self._wait = (
            ImageDistributionWait(
                self,
                "Wait",
                image_arn=self._started_image_arn,
                seconds=seconds,
                service_token=provider._service_token,
            )
            if wait
            else None
        )
        self._image_arn = self._started_image_arn if self._wait is None else self._wait.image_arn
        # Not the whole construct: what else a role is allowed may refer to an image that comes later.
        Dependable.implement(self, _End(self._resource if self._wait is None else self._wait))
        self.node.add_validation(
            Preflight(
                self,
                tags=self._tag_manager,
                configuration=configuration,
                wait=self._wait,
                roles={"execution_role": execution_role, "lifecycle_role": lifecycle_role},
                auto_delete_amis=auto_delete_amis,
            )
        )
        register(Declared(self, stack, configuration, lambda: (self._started_image_arn, self.image_arn)))

    @classmethod
    def from_image_arn(cls, scope: Construct, id: str, image_arn: str) -> IImageDistribution:
        """Import the distribution of another stack, for rules and grants.

        Args:
            scope: The parent construct.
            id: The construct's id.
            image_arn: ARN of the Image Builder image: the other distribution's `image_arn`.

        Raises:
            ValueError: Neither a token nor the ARN of a build version.
        """
        return ImportedDistribution(scope, id, image_arn)

    def ami_id(self, region: str, account: str | None = None) -> str:
        """Return a token for the id of the AMI in a Region, and in another account if one is given.

        Resources that use the token are deployed after the distribution is done. If the distribution made no AMI
        there, the deployment fails with a message that lists the AMIs that it made.

        Args:
            region: A Region of the distribution configuration, such as `eu-west-1`.
            account: The account, 12 digits, that the copy was made in. Default: the stack's own.

        Raises:
            ValueError: The distribution has `wait=False`; the Region or the account is not valid; or the ids do not
                fit into CloudFormation's response of 4,096 bytes, which has room for at least 43.
        """
        types.TEXT.check("region", region)
        types.ACCOUNT.check_optional("account", account)
        if self._wait is None:
            raise ValueError(
                "wait must be True for ami_id(), since only the wait learns the ids, got False. Leave wait=False out."
            )
        check_region("region", region)
        if account is not None:
            check_account("account", account)
        return self._wait.ami_id(region, account)

    def machine_image(
        self,
        *,
        os: ec2.OperatingSystemType = ec2.OperatingSystemType.LINUX,
        user_data: ec2.UserData | None = None,
    ) -> ec2.IMachineImage:
        """Return the AMI for launch templates, instances and Auto Scaling groups, in any stack of the app.

        In the distribution's own stack it is the AMI in the stack's Region. In another stack it is the SSM parameter
        that the distribution configuration writes in that stack's Region and account. CloudFormation reads it at each
        deployment, and CDK deploys that stack after this one.

        Args:
            os: The operating system of the AMI, which decides about the user data.
            user_data: What instances run at their first start. Default: none yet, of the kind for the system.

        Raises:
            ValueError: The distribution has `wait=False`. When the AMI is used: the configuration writes no SSM
                parameter there.
        """
        types.OPERATING_SYSTEM.check("os", os)
        types.USER_DATA.check_optional("user_data", user_data)
        if self._wait is None:
            raise ValueError(
                "wait must be True for machine_image(), since only the wait knows that the AMI exists, got False. "
                "Leave wait=False out."
            )
        return DistributedMachineImage(self, self._configuration, os, user_data)

    @property
    def execution_role(self) -> iam.IRole:
        """The role that Image Builder distributes with."""
        return self._execution_role

    @property
    def cdk_tag_manager(self) -> TagManager:
        """The tags of the image, so that `Tags.of(…)` reaches them."""
        return self._tag_manager


class _End(Dependable):
    """What stands when a distribution is done; without waiting, when it has started."""

    def __init__(self, last: IConstruct) -> None:
        super().__init__()
        self._last = last

    @property
    def dependency_roots(self) -> list[IConstruct]:
        return [self._last]
