"""EventBridge rules for one distribution: for Image Builder's events, and for those of the construct's function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from aws_cdk import aws_events as events
from constructs import Construct

from . import _argument_types as types
from ._function_policy import EVENT_SOURCE


@dataclass(frozen=True)
class Kind:
    """What a rule is for.

    Attributes:
        statuses: Image Builder's names of the image's states; none for all.
        detail_types: Detail types of the function's events. Source: `notification` in the handler.
    """

    statuses: tuple[str, ...]
    detail_types: tuple[str, ...]


AVAILABLE = Kind(("AVAILABLE",), ("Image Distribution Available",))
#: Image Builder's creation of an image ends in AVAILABLE or in one of these.
FAILURE = Kind(
    ("FAILED", "CANCELLED"),
    (
        "Image Distribution Failed",
        "Image Distribution Timed Out",
        "Image Distribution Refused",
        "Image Distribution Cancelled",
    ),
)
PROGRESS = Kind((), ("Image Distribution Started", *AVAILABLE.detail_types, *FAILURE.detail_types))


class RuleOptions(TypedDict, total=False):
    """What the `on_…` methods take, as CDK's `events.OnEventOptions` does."""

    target: events.IRuleTarget | None
    description: str | None
    event_pattern: events.EventPattern | dict[str, Any] | None
    rule_name: str | None
    cross_stack_scope: Construct | None


def image_pattern(image_arn: str, statuses: Sequence[str]) -> events.EventPattern:
    """Return the pattern for Image Builder's events about an image.

    Args:
        image_arn: The image.
        statuses: Image Builder's names of the states; none for all.

    Source: Image Builder user guide, EventBridge integration.
    """
    return events.EventPattern(
        source=["aws.imagebuilder"],
        detail_type=["EC2 Image Builder Image State Change"],
        resources=[image_arn],
        detail={"state": {"status": list(statuses)}} if statuses else None,
    )


def distribution_pattern(stack_name: str, logical_id: str, detail_types: Sequence[str]) -> events.EventPattern:
    """Return the pattern for the function's events about a distribution.

    It names no image, so that the rule can be there before the distribution and matches one that never started.

    Args:
        stack_name: The distribution's stack.
        logical_id: Of the resource Custom::ImageDistribution.
        detail_types: What happened.
    """
    return events.EventPattern(
        source=[EVENT_SOURCE],
        detail_type=list(detail_types),
        detail={"stack-name": [stack_name], "logical-resource-id": [logical_id]},
    )


def rule_for(
    scope: Construct,
    id: str,
    pattern: events.EventPattern,
    *,
    target: events.IRuleTarget | None = None,
    description: str | None = None,
    event_pattern: events.EventPattern | dict[str, Any] | None = None,
    rule_name: str | None = None,
    cross_stack_scope: Construct | None = None,
) -> events.Rule:
    """Make a rule.

    Args:
        scope: Where the rule goes.
        id: Its id there.
        pattern: What it matches.
        target: What the rule calls, if not added later.
        description: The rule's.
        event_pattern: What an event must match besides.
        rule_name: The rule's. Default: CloudFormation makes one.
        cross_stack_scope: Where the rule goes instead, if its target is in another stack.
    """
    types.TEXT.check("id", id)
    types.TARGET.check_optional("target", target)
    types.TEXT.check_optional("description", description)
    types.EVENT_PATTERN.check_optional("event_pattern", event_pattern)
    types.TEXT.check_optional("rule_name", rule_name)
    rule = events.Rule(
        scope,
        id,
        targets=None if target is None else [target],
        description=description,
        event_pattern=event_pattern,
        rule_name=rule_name,
        cross_stack_scope=cross_stack_scope,
    )
    rule.add_event_pattern(
        source=pattern.source, detail_type=pattern.detail_type, resources=pattern.resources, detail=pattern.detail
    )
    return rule
