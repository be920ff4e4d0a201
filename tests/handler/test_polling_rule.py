"""The polling rule: its name is the stack's, its input fits, it says nothing more than a poll needs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cdk_image_distribution_handler import polling_rule
from cdk_image_distribution_handler.index import OPERATIONS
from local_aws.image_builder import Outcome
from simulated_aws import DISTRIBUTION, IMAGE_ARN, LOGICAL_IDS, PROPERTIES, STACK_ID, WAIT, SimulatedAccount

from .requests import HANGING
from .steps import WAIT_PROPERTIES, created, deleted, wait_request
from .test_operations import REQUEST

# The function's permission and policy are for these names.
NAME = re.compile(re.escape(f"ami-{STACK_ID.split('/')[2]}-") + "[dw][0-9a-f]{7}-[0-9a-f]{14}")


@pytest.mark.parametrize(("resource", "kind"), OPERATIONS)
@pytest.mark.parametrize("physical_id", ["", IMAGE_ARN, "x" * 1024])
def test_rule_name_of_each_operation_is_one_of_the_stacks(resource: str, kind: str, physical_id: str) -> None:
    """Names have the 64 characters that EventBridge takes, and begin as the policy demands."""
    properties = dict(PROPERTIES) if resource == DISTRIBUTION else {**WAIT_PROPERTIES, "ImageArn": IMAGE_ARN}
    request: Any = REQUEST.__class__(
        **{**vars(REQUEST), "type": kind, "physical_id": physical_id, "properties": properties}
    )
    name = polling_rule.name(request, OPERATIONS[resource, kind].rule(request))
    assert NAME.fullmatch(name)
    assert len(name) == 64
    assert name.startswith(polling_rule.prefix(STACK_ID))


def test_rule_name_of_a_wait_says_which_image_it_waits_for() -> None:
    """So the Delete of an image finds the rules of its waits, and no others."""
    other = IMAGE_ARN.replace("1.0.0/1", "1.0.0/2")
    assert polling_rule.for_wait(IMAGE_ARN) != polling_rule.for_wait(other)
    assert polling_rule.for_wait(IMAGE_ARN) != polling_rule.for_resource(IMAGE_ARN)


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_rule_of_a_longest_wait_fits_its_target(account: SimulatedAccount, kind: str) -> None:
    """40 AMI ids, before and after, and the longest logical id and ResponseURL have room in 8,192 characters."""
    account.builder.script.outcomes.append(Outcome(distributing=1200))
    asked = {
        f"AmiId.ap-southeast-{number}.{number:012}": {"Region": f"ap-southeast-{number}", "Account": f"{number:012}"}
        for number in range(40)
    }
    wanted = {**WAIT_PROPERTIES, "AmiIds": asked, "Segments": "2"}
    arn = created(account)
    before = {"OldResourceProperties": wanted} if kind == "Update" else {}
    request = wait_request(account, arn, kind, properties=wanted, LogicalResourceId="L" * 255, **before)
    request["ResponseURL"] = "https://cloudformation-custom-resource-response.example.com/?" + "x" * 1800
    account.deliver(request)
    assert len(account.event_bridge.rules) == 1
    assert 0 < account.event_bridge.largest_input <= 8192


def test_rule_of_a_delete_fits_its_target_whatever_the_tags(account: SimulatedAccount) -> None:
    """44 tags at their limit are no business of a Delete, so its poll does without them."""
    account.builder.script.outcomes.append(HANGING)
    tags = {f"{number:0>128}": "v" * 256 for number in range(44)}
    deleted(account, created(account), Tags=tags)
    assert len(set(account.event_bridge.made)) == 1


def test_rule_of_a_wait_that_does_not_fit_is_named_as_the_cause(account: SimulatedAccount) -> None:
    """The function polls as long as it lasts; the reason of the failure is not the timeout of the construct."""
    account.builder.script.outcomes.append(HANGING)
    request = wait_request(account, created(account))
    request["ResponseURL"] += "x" * 9000
    answer = account.operate(request)
    assert account.event_bridge.made == []
    assert answer["Status"] == "FAILED"
    assert "Raise timeout=" not in answer["Reason"]


@pytest.mark.parametrize("resource", [DISTRIBUTION, WAIT])
def test_rule_calls_the_function_with_no_more_than_it_needs(account: SimulatedAccount, resource: str) -> None:
    """The target has the envelope, the properties that the operation reads, and what it keeps; no crhelper marker."""
    account.builder.script.outcomes.append(HANGING)
    arn = created(account)
    if resource == WAIT:
        request, reads = wait_request(account, arn), {"ImageArn", "Segment", "Segments", "Seconds"}
    else:
        request, reads = account.request("Delete", PhysicalResourceId=arn), {"SourceImage"}
    account.deliver(request)
    (rule,) = account.event_bridge.rules.values()
    polled = json.loads(rule.target or "")
    assert polled.pop("ResourceProperties").keys() == reads
    assert polled.pop("OldResourceProperties") == {}
    kept = {key: polled.pop(key) for key in ("Began", "Deadline", "State")}
    assert 0 < kept["Began"] < kept["Deadline"]
    assert polled == {key: value for key, value in request.items() if key in polled}
    assert polled.keys() >= {"RequestId", "ResponseURL", "StackId", "LogicalResourceId"}


def test_rule_matches_the_events_of_its_image_and_a_minute(account: SimulatedAccount) -> None:
    """Image Builder's events are best effort, so the rule has a schedule too."""
    account.builder.script.outcomes.append(HANGING)
    arn = created(account)
    account.deliver(wait_request(account, arn))
    (rule,) = account.event_bridge.rules.values()
    assert rule.pattern == {
        "source": ["aws.imagebuilder"],
        "detail-type": ["EC2 Image Builder Image State Change"],
        "resources": [arn],
    }
    (call,) = account.calls("PutRule")
    assert call.parameters["ScheduleExpression"] == "rate(1 minute)"


def test_rule_keeps_the_state_of_its_operation(account: SimulatedAccount) -> None:
    """A poll begins where the one before ended: the status at the last call."""
    account.builder.script.outcomes.append(Outcome(pending=100, distributing=1000))
    account.deliver(wait_request(account, created(account)))
    states = []
    for _ in range(2):
        (rule,) = account.event_bridge.rules.values()
        states.append(json.loads(rule.target or "")["State"])
        account.settle(110)
    assert states == [{"status": "PENDING"}, {"status": "DISTRIBUTING"}]


def test_rule_whose_state_cannot_be_kept_still_polls(account: SimulatedAccount) -> None:
    """The next poll comes to the same state again."""
    account.builder.script.outcomes.append(Outcome(pending=30, distributing=300))
    request = wait_request(account, created(account))
    account.deliver(request)
    account.fail("PutTargets", "ThrottlingException", times=None)
    account.settle(500)
    assert [answer["Status"] for answer in account.answers_to(request)] == ["SUCCESS"]
    assert account.event_bridge.rules == {}


def test_rules_of_one_stack_are_found_among_many(account: SimulatedAccount) -> None:
    """ListRules answers at most 100 rules a page: those for one image are few, since its name is in theirs."""
    for number in range(3):
        account.builder.script.outcomes.append(HANGING)
        arn = account.operate(account.request("Create", LogicalResourceId=f"D{number}"))["PhysicalResourceId"]
        account.deliver(wait_request(account, arn, LogicalResourceId=f"W{number}"))
    prefix = polling_rule.prefix(STACK_ID) + polling_rule.for_wait(arn)
    account.operate(account.request("Delete", LogicalResourceId="D2", PhysicalResourceId=arn))
    listed = [call.parameters["NamePrefix"] for call in account.calls("ListRules")]
    assert [asked for asked in listed if "-w" in asked] == [f"{prefix}-"]
    assert len(account.event_bridge.rules) == 2
    assert LOGICAL_IDS[WAIT] not in str(account.event_bridge.rules)
