"""EventBridge rules for what Image Builder says of one image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from aws_cdk import aws_events as events
from constructs import Construct

from . import _argument_types as types

READY = ("AVAILABLE",)
#: Image Builder's creation of an image ends in AVAILABLE or in one of these.
ENDED_WITHOUT = ("FAILED", "CANCELLED")


class RuleOptions(TypedDict, total=False):
    """What the `on_…` methods take, as CDK's `events.OnEventOptions` does."""

    target: events.IRuleTarget | None
    description: str | None
    event_pattern: events.EventPattern | dict[str, Any] | None
    rule_name: str | None
    cross_stack_scope: Construct | None


def rule_for(
    scope: Construct,
    id: str,
    image_arn: str,
    statuses: Sequence[str],
    *,
    target: events.IRuleTarget | None = None,
    description: str | None = None,
    event_pattern: events.EventPattern | dict[str, Any] | None = None,
    rule_name: str | None = None,
    cross_stack_scope: Construct | None = None,
) -> events.Rule:
    """Make a rule for the states of one image.

    Args:
        scope: Where the rule goes.
        id: Its id there.
        image_arn: The image.
        statuses: Image Builder's names of the states; none for all.
        target: What the rule calls, if not added later.
        description: The rule's.
        event_pattern: What an event must match besides.
        rule_name: The rule's. Default: CloudFormation makes one.
        cross_stack_scope: Where the rule goes instead, if its target is in another stack.

    Source: Image Builder user guide, EventBridge integration.
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
        source=["aws.imagebuilder"],
        detail_type=["EC2 Image Builder Image State Change"],
        resources=[image_arn],
        detail={"state": {"status": list(statuses)}} if statuses else None,
    )
    return rule
