"""Custom::ImageDistribution: its properties, its tags, and what CloudFormation makes before it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from aws_cdk import CfnResource, IResolvable, RemovalPolicy, TagManager, TagType
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._dependencies import depend
from ._distribution_configuration import DistributionConfiguration
from ._execution_role import ExecutionRole
from ._lifecycle_role import make_lifecycle_role
from ._made_role import check_is_made
from ._parameter_arn import parameter_arn_for
from ._provider import ImageDistributionProvider
from ._role_policies import DISTRIBUTION_TYPE, policies_of
from ._source_image import BoundSource

# Not CloudFormation's default of an hour, so that a broken handler costs minutes: what the handler gives a start or a
# removal, and five minutes.
_START_OR_DELETE = "1200"
_DELETE_WITH_AMIS = "1800"


class DistributionResource:
    """The custom resource that starts a distribution.

    Args:
        scope: The distribution, which gets the resource and the roles.
        provider: The function.
        source: The image.
        configuration: Where it goes.
        execution_role: The user's, if it is not made.
        lifecycle_role: The user's, if it is not made.
        log_group: Where Image Builder logs, if not in its own.
        tags: The user's.
        revision: The user's.
        removal_policy: What becomes of the image.
        auto_delete_amis: Whether the AMIs go with it.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        provider: ImageDistributionProvider,
        source: BoundSource,
        configuration: DistributionConfiguration,
        execution_role: iam.IRole | None,
        lifecycle_role: iam.IRole | None,
        log_group: logs.ILogGroup | None,
        tags: Mapping[str, str],
        revision: str | None,
        removal_policy: RemovalPolicy,
        auto_delete_amis: bool,
    ) -> None:
        parameter_arn = parameter_arn_for(scope, source.parameter) if source.parameter is not None else None
        #: The role that Image Builder distributes with, made or passed.
        self.execution_role = execution_role or ExecutionRole(
            scope,
            "ExecutionRole",
            trust=provider._trust,
            log_group=log_group,
            source_parameter=parameter_arn,
            source_ami=source.ami,
            configuration=configuration,
        )
        role_arn = self.execution_role.role_arn
        if execution_role is None:
            check_is_made("execution_role", role_arn)
        deletes_with = lifecycle_role
        if auto_delete_amis and deletes_with is None:
            deletes_with = make_lifecycle_role(scope, "LifecycleRole", provider._trust, configuration)
        #: The function.
        self.service_token = provider._service_token
        # Made only for tags: it takes three round trips to jsii's kernel.
        self._tag_manager = TagManager(TagType.MAP, DISTRIBUTION_TYPE, dict(tags)) if tags else None
        properties = {
            "ServiceToken": self.service_token,
            "ServiceTimeout": _DELETE_WITH_AMIS if auto_delete_amis else _START_OR_DELETE,
            "SourceImage": source.value,
            "DistributionConfigurationArn": configuration.arn,
            "ExecutionRole": role_arn,
            "LogGroupName": log_group.log_group_name if log_group is not None else None,
            "Tags": self._tag_manager.rendered_tags if self._tag_manager is not None else None,
            "Revision": " ".join(part for part in (revision, configuration.digest) if part is not None) or None,
            "AutoDeleteAmis": "true" if auto_delete_amis else None,
            "LifecycleRole": deletes_with.role_arn if deletes_with is not None else None,
        }
        #: The resource itself.
        self.resource = CfnResource(
            scope,
            "Resource",
            type=DISTRIBUTION_TYPE,
            properties={name: value for name, value in properties.items() if value is not None},
        )
        if removal_policy != RemovalPolicy.DESTROY:
            self.resource.apply_removal_policy(removal_policy)
        depend(self.resource, provider._permissions)
        for role in (execution_role, lifecycle_role):
            if role is not None:
                self.resource.node.add_dependency(provider._allow_to_pass(role), policies_of(role))
        if isinstance(self.execution_role, ExecutionRole) and execution_role is None:
            self.execution_role.serve(self.resource)
        if parameter_arn is not None:
            self.resource.node.add_dependency(provider._allow_to_read(parameter_arn, scope))

    @property
    def tag_manager(self) -> TagManager:
        """The tags of the image."""
        if self._tag_manager is None:
            self._tag_manager = TagManager(TagType.MAP, DISTRIBUTION_TYPE)
            self.resource.add_property_override("Tags", self._tag_manager.rendered_tags)
        return self._tag_manager

    @property
    def tags(self) -> dict[str, str]:
        """The tags as they are now."""
        return dict(self._tag_manager.tag_values()) if self._tag_manager is not None else {}

    @cached_property
    def image_attribute(self) -> IResolvable:
        """The image's ARN, known as soon as the distribution has started, so that a rule is there before it ends."""
        return self.resource.get_att("ImageArn")

    @cached_property
    def image_arn(self) -> str:
        """The same as text."""
        return self.image_attribute.to_string()
