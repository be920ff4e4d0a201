"""Delete of a create that CloudFormation has no image of: found by its tags, or not there."""

from __future__ import annotations

import pytest

from cdk_image_distribution_handler import deleting, index
from local_aws.image_builder import Fault, Outcome

from .cloudformation import Context
from .test_removing import HANGING, create, delete_of
from .world import START, WAIT, World


def test_a_delete_of_a_refused_create_looks_for_nothing(world: World) -> None:
    """The id that the refused create answered says that there is no image."""
    world.builder.script.faults.append(Fault("DistributeImage", "InvalidRequestException", "No.", times=None))
    sent = world.request("Create")
    failed = world.operate(sent)
    calls = len(world.builder.calls)
    answer = world.operate(delete_of(world, {**sent, "PhysicalResourceId": failed["PhysicalResourceId"]}), within=1)
    assert answer["Status"] == "SUCCESS"
    assert len(world.builder.calls) == calls


@pytest.mark.parametrize("tag_lag", [0.0, 30.0])
@pytest.mark.parametrize("outcome", [HANGING, Outcome()])
def test_a_create_that_was_cut_off_is_found_by_its_tags(world: World, outcome: Outcome, tag_lag: float) -> None:
    """CloudFormation invents an id; the image is found though the tagging API learns of it late."""
    created = create(world, outcome)
    world.tag_lag = tag_lag
    invented = {**created, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"}
    assert world.operate(delete_of(world, invented))["Status"] == "SUCCESS"
    assert world.images == []
    world.settle()
    assert world.event_bridge.rules == {}


def test_a_create_that_starts_after_its_delete_came_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off at the worst moment: the Delete arrives first, the create's DistributeImage a minute later."""
    late = world.request("Create")
    delete = delete_of(world, {**late, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"})

    def sleep(seconds: float) -> None:
        world.sleep(seconds)
        if START + 50 <= world.now < START + 60:
            # Another container of the function, with a state of its own.
            index.distribution_resource()(late, Context())

    monkeypatch.setattr(deleting, "sleep", sleep)
    assert world.operate(delete)["Status"] == "SUCCESS"
    assert len(world.answers_to(late)) == 1
    assert world.images == []
    world.settle()
    assert world.event_bridge.rules == {}


def test_a_repeated_delete_of_a_cut_off_create_leaves_no_rule(world: World) -> None:
    """The second delivery finds nothing any more, and may outlive the function: it makes no rule."""
    created = create(world)
    world.settle(10)
    invented = delete_of(world, {**created, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"})
    world.deliver(invented)
    world.deliver(invented)
    assert [answer["Status"] for answer in world.answers_to(invented)] == ["SUCCESS", "SUCCESS"]
    assert world.event_bridge.made == []


def test_a_create_whose_answer_was_lost_is_removed(world: World) -> None:
    """Every answer of DistributeImage is lost: the create fails, and its Delete finds what it did start."""
    world.builder.script.faults.append(Fault("DistributeImage", lost=True, times=None))
    sent = world.request("Create")
    failed = world.operate(sent)
    assert failed["Status"] == "FAILED"
    assert len(world.images) == 1
    answer = world.operate(delete_of(world, {**sent, "PhysicalResourceId": failed["PhysicalResourceId"]}))
    assert answer["Status"] == "SUCCESS"
    assert world.images == []


def test_an_image_that_was_retained_is_not_taken_for_one_cut_off(world: World) -> None:
    """A distribution of the same logical id was there before and its image kept: it is older than a day."""
    retained = create(world)
    world.now += 2 * 86_400
    late = create(world, HANGING)
    invented = {**late, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"}
    assert world.operate(delete_of(world, invented))["Status"] == "SUCCESS"
    assert world.images == [retained["PhysicalResourceId"]]


def test_a_stack_deleted_during_its_create_leaves_no_rule(world: World) -> None:
    """No Delete is sent for the wait then; the image's own removes its rule."""
    created = create(world, HANGING)
    arn = created["PhysicalResourceId"]
    properties = {"ImageArn": arn, "Segment": "1", "Segments": "1", "Seconds": "3480"}
    world.deliver(world.request("Create", WAIT, ResourceProperties=properties))
    assert len(world.event_bridge.rules) == 1
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    world.settle()
    assert world.event_bridge.rules == {}
    assert world.images == []
