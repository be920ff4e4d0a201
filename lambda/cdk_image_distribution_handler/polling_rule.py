"""The EventBridge rule that calls the function again: each minute, and at once when an image changes its state.

Names: `ami-`, the UUID of the stack, `-`, one letter and 7 hexadecimal digits for what the rule polls for, `-`, 7 for
the resource and 7 for the request. The function's policy and permission are for the rules of its stack.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .aws_errors import calling

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutRuleRequestTypeDef

    from .aws import Aws
    from .operation import Request

_TARGET = "1"
_PURPOSE = "Polling by an EventBridge rule"

# EventBridge API reference, Target, Input.
_LONGEST_INPUT = 8192


class InputTooLong(Exception):
    """A request does not fit into a rule's target."""


def prefix(stack_id: str) -> str:
    """Return how the names of a stack's rules begin. The construct derives the same from `AWS::StackId`."""
    return f"ami-{stack_id.split('/')[2]}-"


def for_wait(image_arn: str) -> str:
    """Return the part of a rule's name for waits for an image."""
    return "w" + _digest(image_arn)


def for_resource(logical_id: str) -> str:
    """Return the part of a rule's name for the requests of a distribution, or for the Delete of a wait."""
    return "d" + _digest(logical_id)


def name(request: Request[Any], polls_for: str) -> str:
    """Return the name of a request's rule, 64 characters: the same at each delivery of the request."""
    return f"{prefix(request.stack_id)}{polls_for}-{_digest(request.logical_id)}{_digest(request.token)}"


def input_of(event: Mapping[str, Any]) -> str:
    """Return the input of a target that calls the function with an event.

    Raises:
        InputTooLong: It does not fit into a target.
    """
    text = json.dumps(event, separators=(",", ":"))
    if len(text) > _LONGEST_INPUT:
        raise InputTooLong(f"The request has {len(text)} characters; a rule's target takes {_LONGEST_INPUT}.")
    return text


def put(aws: Aws, rule: str, watch: Sequence[str], function_arn: str, target_input: str) -> None:
    """Create a rule, or renew it.

    Args:
        aws: AWS.
        rule: The rule's name.
        watch: ARNs of the images whose state changes call the function at once.
        function_arn: The function.
        target_input: What the function is called with, see `input_of`.

    Raises:
        Failure: EventBridge refused; the rule may be there, with or without its target.
    """
    parameters: PutRuleRequestTypeDef = {
        "Name": rule,
        "ScheduleExpression": "rate(1 minute)",
        "State": "ENABLED",
        "Description": "Polls an EC2 Image Builder distribution for CloudFormation; the function deletes the rule.",
    }
    if watch:
        # Image Builder's events are best effort, so the schedule stays.
        parameters["EventPattern"] = json.dumps(
            {
                "source": ["aws.imagebuilder"],
                "detail-type": ["EC2 Image Builder Image State Change"],
                "resources": list(watch),
            }
        )
    with calling(_PURPOSE):
        aws.events.put_rule(**parameters)
    put_target(aws, rule, function_arn, target_input)


def put_target(aws: Aws, rule: str, function_arn: str, target_input: str) -> None:
    """Let a rule call the function with this input.

    Raises:
        Failure: EventBridge refused, or there is no such rule.
    """
    with calling(_PURPOSE):
        answer = aws.events.put_targets(
            Rule=rule, Targets=[{"Id": _TARGET, "Arn": function_arn, "Input": target_input}]
        )
        for entry in answer.get("FailedEntries", []):
            refusal = {"Error": {"Code": entry.get("ErrorCode", ""), "Message": entry.get("ErrorMessage", "")}}
            raise ClientError(refusal, "PutTargets")  # type: ignore[arg-type]  # a whole response has more


def remove(aws: Aws, rule: str) -> None:
    """Delete a rule with its target; one that does not exist is no error.

    Raises:
        Failure: EventBridge refused; the rule may be there without its target.
    """
    with calling("Deleting the polling rule"):
        try:
            aws.events.remove_targets(Rule=rule, Ids=[_TARGET])
        except ClientError as error:
            if error.response["Error"].get("Code") != "ResourceNotFoundException":
                raise
        aws.events.delete_rule(Name=rule)


def remove_all(aws: Aws, stack_id: str, polls_for: str, but: str = "") -> None:
    """Delete every rule of a stack that polls for one subject, except the rule named `but`.

    Raises:
        Failure: EventBridge refused.
    """
    for rule in _names(aws, f"{prefix(stack_id)}{polls_for}-"):
        if rule != but:
            remove(aws, rule)


def remove_waits_of(aws: Aws, request: Request[Any]) -> None:
    """Delete every rule of the request's own wait resource, whatever image it waited for.

    Raises:
        Failure: EventBridge refused.
    """
    for rule in _names(aws, f"{prefix(request.stack_id)}w"):
        if rule.rpartition("-")[2].startswith(_digest(request.logical_id)):
            remove(aws, rule)


def _names(aws: Aws, beginning: str) -> list[str]:
    with calling("Listing polling rules"):
        pages = aws.events.get_paginator("list_rules").paginate(NamePrefix=beginning)
        return [rule["Name"] for page in pages for rule in page.get("Rules", [])]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:7]
