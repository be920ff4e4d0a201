"""The image that tracks a distribution: its ARN, EventBridge rules for it, and grants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import ArnFormat
from aws_cdk import aws_iam as iam
from constructs import Construct

from . import _argument_types as types
from ._environment import stack_of
from ._image_events import ENDED_WITHOUT, READY, RuleOptions, rule_for
from ._limits import check_build_version_arn, check_rule_region

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from typing_extensions import Unpack


class IImageDistribution(Construct):
    """A distribution of this stack, or the image of one from elsewhere: what both can do."""

    @property
    def image_arn(self) -> str:
        """ARN of the Image Builder image that tracks the distribution, known when the distribution is done.

        A token in the distribution's own stack. With `wait=False` it is known when the distribution has started.
        """
        return self._image_arn

    def on_state_change(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Make an EventBridge rule for every state change of the image.

        Image Builder sends events on a best-effort basis.

        Args:
            id: The rule's id, in `cross_stack_scope` or else in this construct.
            options: `target`, `description`, `event_pattern`, `rule_name`, `cross_stack_scope`, as for the `on_event`
                methods of the CDK's own constructs.

        Source: Image Builder user guide, EventBridge integration.
        """
        return self._rule(id, (), options)

    def on_available(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Make an EventBridge rule for success: every AMI is available. See `on_state_change`."""
        return self._rule(id, READY, options)

    def on_failure(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Make an EventBridge rule for a distribution that failed or was cancelled. See `on_state_change`."""
        return self._rule(id, ENDED_WITHOUT, options)

    def grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Allow actions on the image, such as `imagebuilder:ListTagsForResource`."""
        types.GRANTEE.check("grantee", grantee)
        types.ACTIONS.check("actions", actions)
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=list(actions), resource_arns=[self._started_image_arn], scope=self
        )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow `imagebuilder:GetImage` on the image: its state, its AMIs, its failure."""
        return self.grant(grantee, "imagebuilder:GetImage")

    @property
    def _image_arn(self) -> str:
        """The ARN when the distribution is done."""
        raise NotImplementedError

    @property
    def _started_image_arn(self) -> str:
        """The ARN as soon as the distribution has started: a rule on the other would be made when all is over."""
        raise NotImplementedError

    def _rule(self, id: str, statuses: Sequence[str], options: RuleOptions) -> events.Rule:
        types.SCOPE.check_optional("cross_stack_scope", options.get("cross_stack_scope"))
        scope = options.get("cross_stack_scope") or self
        check_rule_region(stack_of(scope).region, self._image_region())
        return rule_for(self, id, self._started_image_arn, statuses, **options)

    def _image_region(self) -> str:
        return stack_of(self).region


class ImportedDistribution(IImageDistribution):
    """A distribution that another stack made, by the ARN of its image."""

    def __init__(self, scope: Construct, id: str, image_arn: str) -> None:
        types.SCOPE.check("scope", scope)
        types.TEXT.check("id", id)
        types.TEXT.check("image_arn", image_arn)
        check_build_version_arn("image_arn", image_arn)
        super().__init__(scope, id)
        self._arn = image_arn

    @property
    def _image_arn(self) -> str:
        return self._arn

    @property
    def _started_image_arn(self) -> str:
        return self._arn

    def _image_region(self) -> str:
        return stack_of(self).split_arn(self._image_arn, ArnFormat.SLASH_RESOURCE_NAME).region or ""
