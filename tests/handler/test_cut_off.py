"""Delete of a create that CloudFormation has no image of: found by its tags, or not there."""

from __future__ import annotations

import pytest

from local_aws.image_builder import Fault, Outcome
from simulated_aws import START, WAIT, SimulatedAccount

from .test_removing import HANGING, create, delete_of


def test_a_delete_of_a_refused_create_looks_for_nothing(account: SimulatedAccount) -> None:
    """The id that the refused create answered says that there is no image."""
    account.builder.script.faults.append(Fault("DistributeImage", "InvalidRequestException", "No.", times=None))
    sent = account.request("Create")
    failed = account.operate(sent)
    calls = len(account.builder.calls)
    answer = account.operate(delete_of(account, {**sent, "PhysicalResourceId": failed["PhysicalResourceId"]}), within=1)
    assert answer["Status"] == "SUCCESS"
    assert len(account.builder.calls) == calls


@pytest.mark.parametrize("tag_lag", [0.0, 30.0])
@pytest.mark.parametrize("outcome", [HANGING, Outcome()])
def test_a_create_that_was_cut_off_is_found_by_its_tags(
    account: SimulatedAccount, outcome: Outcome, tag_lag: float
) -> None:
    """CloudFormation invents an id; the image is found though the tagging API learns of it late."""
    created = create(account, outcome)
    account.tags.lag = tag_lag
    invented = {**created, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"}
    assert account.operate(delete_of(account, invented))["Status"] == "SUCCESS"
    assert account.images == []
    account.settle()
    assert account.event_bridge.rules == {}


def test_a_create_that_starts_after_its_delete_came_is_found(account: SimulatedAccount) -> None:
    """Cut off at the worst moment: the Delete arrives first, the create's DistributeImage a minute later."""
    late = account.request("Create")
    delete = delete_of(account, {**late, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"})

    account.simulation.at(START + 55, lambda: account.function.send(late))
    assert account.operate(delete)["Status"] == "SUCCESS"
    assert len(account.answers_to(late)) == 1
    assert account.images == []
    account.settle()
    assert account.event_bridge.rules == {}


def test_a_repeated_delete_of_a_cut_off_create_leaves_no_rule(account: SimulatedAccount) -> None:
    """The second delivery finds nothing any more, and may outlive the function: it makes no rule."""
    created = create(account)
    account.settle(10)
    invented = delete_of(account, {**created, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"})
    account.deliver(invented)
    account.deliver(invented)
    assert [answer["Status"] for answer in account.answers_to(invented)] == ["SUCCESS", "SUCCESS"]
    assert account.event_bridge.made == []


def test_a_create_whose_answer_was_lost_is_removed(account: SimulatedAccount) -> None:
    """Every answer of DistributeImage is lost: the create fails, and its Delete finds what it did start."""
    account.builder.script.faults.append(Fault("DistributeImage", lost=True, times=None))
    sent = account.request("Create")
    failed = account.operate(sent)
    assert failed["Status"] == "FAILED"
    assert len(account.images) == 1
    answer = account.operate(delete_of(account, {**sent, "PhysicalResourceId": failed["PhysicalResourceId"]}))
    assert answer["Status"] == "SUCCESS"
    assert account.images == []


def test_an_image_that_was_retained_is_not_taken_for_one_cut_off(account: SimulatedAccount) -> None:
    """A distribution of the same logical id was there before and its image kept: it is older than a day."""
    retained = create(account)
    account.now += 2 * 86_400
    late = create(account, HANGING)
    invented = {**late, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"}
    assert account.operate(delete_of(account, invented))["Status"] == "SUCCESS"
    assert account.images == [retained["PhysicalResourceId"]]


def test_a_stack_deleted_during_its_create_leaves_no_rule(account: SimulatedAccount) -> None:
    """No Delete is sent for the wait then; the image's own removes its rule."""
    created = create(account, HANGING)
    arn = created["PhysicalResourceId"]
    properties = {"ImageArn": arn, "Segment": "1", "Segments": "1", "Seconds": "3480"}
    account.deliver(account.request("Create", WAIT, ResourceProperties=properties))
    assert len(account.event_bridge.rules) == 1
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    account.settle()
    assert account.event_bridge.rules == {}
    assert account.images == []
