"""ImageDistribution: checks its arguments, wires the custom resource, exposes what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import jsii
from aws_cdk import Duration, ITaggableV2, RemovalPolicy, TagManager
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct, Dependable, IConstruct

from . import _argument_types as types
from ._distributed_image import IImageDistribution, ImportedDistribution
from ._distribution_arguments import check_arguments, check_place, seconds_of
from ._distribution_configuration import DistributionConfiguration
from ._distribution_resource import DistributionResource
from ._environment import stack_of
from ._image_events import Kind, distribution_pattern
from ._machine_image import DistributedMachineImage
from ._preflight import Preflight
from ._provider import ImageDistributionProvider
from ._source_image import SourceImage
from ._stage_preflight import Declared, register
from ._synthesis import at_synthesis
from ._waiting import Wait

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_ssm as ssm
    from aws_cdk.interfaces.aws_imagebuilder import IDistributionConfigurationRef


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
        retries: How often a distribution that failed is retried before the deployment fails, from 0 to 3. A retry keeps
            the image's ARN and what was copied, and takes its time from `timeout`. A failure that a retry cannot fix,
            such as a KMS key that may not be used, is not retried.
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
        retries: int = 0,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
        auto_delete_amis: bool = False,
        lifecycle_role: iam.IRole | None = None,
        provider: ImageDistributionProvider | None = None,
    ) -> None:
        check_arguments(
            scope,
            id,
            execution_role=execution_role,
            log_group=log_group,
            tags=tags,
            revision=revision,
            timeout=timeout,
            wait=wait,
            retries=retries,
            removal_policy=removal_policy,
            auto_delete_amis=auto_delete_amis,
            lifecycle_role=lifecycle_role,
            provider=provider,
        )
        super().__init__(scope, id)
        source = SourceImage.of(source_image).bind(self)
        configuration = DistributionConfiguration(distribution_configuration, stack_of(scope))
        self._configuration = configuration
        self._provider = provider or ImageDistributionProvider.get_or_create(scope)
        self._resource = DistributionResource(
            self,
            provider=self._provider,
            source=source,
            configuration=configuration,
            execution_role=execution_role,
            lifecycle_role=lifecycle_role,
            log_group=log_group,
            tags=tags or {},
            revision=revision,
            removal_policy=removal_policy,
            auto_delete_amis=auto_delete_amis,
        )
        self._wait = Wait(self, self._resource, seconds_of(timeout), retries) if wait else None
        # Not the whole construct: what else a role is allowed may refer to an image that comes later.
        Dependable.implement(self, Dependable.of(self._wait.last if self._wait else self._resource.resource))
        preflight = Preflight(
            self,
            resource=self._resource,
            configuration=configuration,
            wait=self._wait,
            roles={"execution_role": execution_role, "lifecycle_role": lifecycle_role},
            auto_delete_amis=auto_delete_amis,
        )
        at_synthesis(scope, preflight.check)
        register(Declared(self, stack_of(scope), configuration, lambda: (self._started_image_arn, self.image_arn)))

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
        check_place(region, account)
        return self._waiting("ami_id()").ami_id(region, account)

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
        self._waiting("machine_image()")
        return DistributedMachineImage(self, self._configuration, os, user_data)

    @property
    def execution_role(self) -> iam.IRole:
        """The role that Image Builder distributes with."""
        return self._resource.execution_role

    @property
    def cdk_tag_manager(self) -> TagManager:
        """The tags of the image, so that `Tags.of(…)` reaches them."""
        return self._resource.tag_manager

    def _grantee(self, grantee: iam.IGrantable) -> iam.IGrantable:
        return self._function_grants if grantee.grant_principal is self._provider.role else grantee

    @cached_property
    def _function_grants(self) -> iam.Policy:
        return self._provider._allow_later(self)

    def _pattern(self, kind: Kind) -> events.EventPattern:
        # Without a wait the function does not see the end.
        if self._wait is None:
            return super()._pattern(kind)
        logical_id = self._resource.resource.logical_id
        return distribution_pattern(stack_of(self).stack_name, logical_id, kind.detail_types)

    @property
    def _started_image_arn(self) -> str:
        return self._resource.image_arn

    @property
    def _image_arn(self) -> str:
        return self._wait.image_arn if self._wait is not None else self._started_image_arn

    def _waiting(self, member: str) -> Wait:
        if self._wait is None:
            raise ValueError(
                f"wait must be True for {member}, got False. Remove wait=False: only the wait learns the AMI ids."
            )
        return self._wait
