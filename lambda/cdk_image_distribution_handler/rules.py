"""The EventBridge rules that call the function back: each minute, and at once when the image changes its state."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutRuleRequestTypeDef

logger = logging.getLogger(__name__)

_TARGET = "1"


def prefix(stack_id: str) -> str:
    """Return how the names of a stack's rules begin; the function's permission is for these rules only.

    The construct derives the same from `AWS::StackId`.
    """
    return f"ami-{stack_id.split('/')[2]}-"


def subject_prefix(stack_id: str, kind: str, subject: str) -> str:
    """Return how the names of one kind of rule about one image begin.

    Args:
        stack_id: The stack's ARN.
        kind: `w` for the rules of waits, `d` for those of the distribution itself: the Delete of a wait must
            not take away the rule that its image's Delete waits by.
        subject: An image's ARN, or what stands for it.
    """
    return f"{prefix(stack_id)}{kind}{_digest(subject, 11)}-"


def name(event: Mapping[str, Any], kind: str, subject: str) -> str:
    """Return a rule's name, 64 characters: the same for each retry of an operation, other for each operation."""
    operation = _digest(f"{event['LogicalResourceId']}|{event['RequestId']}", 10)
    return subject_prefix(event["StackId"], kind, subject) + operation


def put(
    events: EventBridgeClient, rule: str, images: Sequence[str], function_arn: str, target_input: Mapping[str, Any]
) -> None:
    """Make a rule, or make it anew: on a schedule, and for the state changes of these images.

    Args:
        events: The EventBridge client.
        rule: The rule's name.
        images: ARNs of the images whose state changes call the function at once; none leaves the schedule.
        function_arn: What the rule calls.
        target_input: The event that the function gets, whichever of the two calls it.

    Raises:
        ClientError: EventBridge refused; nothing is left of the rule.
    """
    pattern = {
        "source": ["aws.imagebuilder"],
        "detail-type": ["EC2 Image Builder Image State Change"],
        "resources": list(images),
    }
    # Events are best effort, so the schedule stays beside the pattern.
    parameters: PutRuleRequestTypeDef = {
        "Name": rule,
        "ScheduleExpression": "rate(1 minute)",
        "State": "ENABLED",
        "Description": "Tells CloudFormation when an EC2 Image Builder distribution is done; removes itself then.",
    }
    if images:
        parameters["EventPattern"] = json.dumps(pattern)
    events.put_rule(**parameters)
    try:
        aim(events, rule, function_arn, target_input)
    except (ClientError, BotoCoreError):
        remove(events, rule)
        raise


def aim(events: EventBridgeClient, rule: str, function_arn: str, target_input: Mapping[str, Any]) -> None:
    """Let a rule call the function with this event from now on.

    Raises:
        ClientError: EventBridge refused, or the rule is gone.
    """
    answer = events.put_targets(
        Rule=rule,
        Targets=[{"Id": _TARGET, "Arn": function_arn, "Input": json.dumps(target_input, separators=(",", ":"))}],
    )
    for entry in answer.get("FailedEntries", []):
        refusal = {"Error": {"Code": entry.get("ErrorCode", ""), "Message": entry.get("ErrorMessage", "")}}
        raise ClientError(refusal, "PutTargets")  # type: ignore[arg-type]  # a response has more, if it is whole


def remove(events: EventBridgeClient, rule: str) -> None:
    """Remove a rule with its target. Never raises: a rule that stays is removed at its next call or a Delete."""
    try:
        events.remove_targets(Rule=rule, Ids=[_TARGET])
        events.delete_rule(Name=rule)
    except ClientError as error:
        # Two deliveries at once: the other one has removed it.
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            logger.warning("Still there: %s: %s", rule, error)
    except BotoCoreError as error:
        logger.warning("Still there: %s: %s", rule, error)


def remove_waits(events: EventBridgeClient, stack_id: str, image_arn: str) -> None:
    """Remove every rule by which something waits for this image. Never raises, see `remove`.

    A stack deleted during its create sends no Delete for the wait, so the image's own Delete calls this too.
    """
    try:
        answer = events.list_rules(NamePrefix=subject_prefix(stack_id, "w", image_arn))
    except (ClientError, BotoCoreError) as error:
        logger.warning("Rules that wait for %s were not looked for: %s", image_arn, error)
        return
    for rule in answer["Rules"]:
        remove(events, rule["Name"])


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
