"""The image that tracks a distribution: its ARN, EventBridge rules for it, and grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat
from aws_cdk import aws_iam as iam
from constructs import Construct

from . import _argument_types as types
from ._environment import stack_of
from ._image_events import AVAILABLE, FAILURE, PROGRESS, Kind, RuleOptions, image_pattern, rule_for
from ._limits import check_build_version_arn, check_rule_region
from ._literal import is_placeholder

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
        """Make an EventBridge rule for every state change that Image Builder reports.

        Image Builder sends events on a best-effort basis.

        Args:
            id: The rule's id, in `cross_stack_scope` or else in this construct.
            options: `target`, `description`, `event_pattern`, `rule_name`, `cross_stack_scope`, as for the `on_event`
                methods of the CDK's own constructs.

        Source: Image Builder user guide, EventBridge integration.
        """
        return self._rule(id, image_pattern(self._started_image_arn, ()), options)

    def on_progress(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Make an EventBridge rule for the start and for every end of a distribution.

        The rule matches the events of the function that deploys the distribution. It does not depend on the
        distribution, so that a stack with alarms can be deployed before it. With `wait=False`, and for an imported
        distribution, the rule matches Image Builder's events of the image instead, as `on_state_change` does.

        Args:
            id: The rule's id, in `cross_stack_scope` or else in this construct.
            options: As for `on_state_change`.
        """
        return self._rule(id, self._pattern(PROGRESS), options)

    def on_available(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Make an EventBridge rule for success: every AMI is available. See `on_progress`."""
        return self._rule(id, self._pattern(AVAILABLE), options)

    def on_failure(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Make an EventBridge rule for an end without the AMIs: failed, timed out, refused, cancelled.

        See `on_progress`. With `wait=False`, and for an imported distribution: failed or was cancelled.
        """
        return self._rule(id, self._pattern(FAILURE), options)

    def grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Allow actions on the image, such as `imagebuilder:ListTagsForResource`."""
        types.GRANTEE.check("grantee", grantee)
        types.ACTIONS.check("actions", actions)
        return iam.Grant.add_to_principal(
            grantee=self._grantee(grantee), actions=list(actions), resource_arns=[self._started_image_arn], scope=self
        )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow `imagebuilder:GetImage` on the image: its state, its AMIs, its failure."""
        return self.grant(grantee, "imagebuilder:GetImage")

    def _grantee(self, grantee: iam.IGrantable) -> iam.IGrantable:
        """Return what a grant adds its statement to."""
        return grantee

    @property
    def _image_arn(self) -> str:
        """The ARN when the distribution is done."""
        raise NotImplementedError

    @property
    def _started_image_arn(self) -> str:
        """The ARN as soon as the distribution has started: a rule on the other would be made when all is over."""
        raise NotImplementedError

    def _pattern(self, kind: Kind) -> events.EventPattern:
        return image_pattern(self._started_image_arn, kind.statuses)

    def _rule(self, id: str, pattern: events.EventPattern, options: RuleOptions) -> events.Rule:
        types.SCOPE.check_optional("cross_stack_scope", options.get("cross_stack_scope"))
        scope = options.get("cross_stack_scope") or self
        check_rule_region(stack_of(scope).region, self._image_region())
        return rule_for(self, id, pattern, **options)

    def _image_region(self) -> str | None:
        """The image's Region, None if it is not known."""
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

    def _image_region(self) -> str | None:
        if is_placeholder(self._arn):
            return None
        return stack_of(self).split_arn(self._arn, ArnFormat.SLASH_RESOURCE_NAME).region
