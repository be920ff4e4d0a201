"""Update of a wait: an image that was distributed long ago is looked at again."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Fault, Outcome

from .test_removing import create
from .test_replacing import rollback_of, update_of
from .test_waiting import wait_for
from .world import WAIT, World

AMI_ID = {"AmiIds": {"AmiId.eu-west-1": {"Region": "eu-west-1"}}}
RETIRED = ["DEPRECATED", "DISABLED"]


def retire(world: World, arn: str, status: str) -> None:
    """Give an image a status that Image Builder gives only to one that was AVAILABLE."""
    world.builder.store.images[arn].status = status


def delete(world: World, arn: str) -> None:
    """Delete an image behind the stack's back."""
    world.builder.call("DeleteImage", imageBuildVersionArn=arn)


def waited(world: World, arn: str, **properties: Any) -> dict[str, Any]:
    """Wait for an image to the end and return the event of it."""
    sent = wait_for(world, arn, **properties)
    assert world.operate(sent)["Status"] == "SUCCESS"
    return sent


def again(world: World, former: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the Update of a wait that changes these properties."""
    before = former["ResourceProperties"]
    return world.request(
        "Update",
        WAIT,
        PhysicalResourceId="Golden-Wait9A9B7B98",
        ResourceProperties={**before, **changes},
        OldResourceProperties=before,
    )


@pytest.mark.parametrize("status", RETIRED)
def test_a_retired_image_still_has_its_amis(world: World, status: str) -> None:
    """A lifecycle policy deprecates an image after months; another time-out or another id is no reason to fail."""
    arn = create(world)["PhysicalResourceId"]
    former = waited(world, arn)
    retire(world, arn, status)
    answer = world.operate(again(world, former, Seconds="600", **AMI_ID))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["AmiId.eu-west-1"].startswith("ami-")


@pytest.mark.parametrize("status", RETIRED)
def test_a_roll_back_returns_to_a_retired_image(world: World, status: str) -> None:
    """An update that fails would be stuck otherwise: its roll-back would fail too."""
    created = create(world)
    arn = created["PhysicalResourceId"]
    former = waited(world, arn)
    retire(world, arn, status)
    update = update_of(world, created, {"Revision": "2"})
    replacement = world.operate(update)["PhysicalResourceId"]
    assert replacement != arn
    back = world.operate(rollback_of(world, update, replacement))
    assert back["PhysicalResourceId"] == arn
    failed = again(world, former, ImageArn=replacement)
    answer = world.operate(again(world, failed, ImageArn=arn))
    assert answer["Status"] == "SUCCESS"


@pytest.mark.parametrize("status", RETIRED)
def test_a_create_does_not_take_a_retired_image_for_done(world: World, status: str) -> None:
    """Nothing retires what is being distributed; if somebody does, the deployment must not call it available."""
    arn = create(world)["PhysicalResourceId"]
    world.settle()
    retire(world, arn, status)
    answer = world.operate(wait_for(world, arn))
    assert (answer["Status"], status in answer["Reason"]) == ("FAILED", True)


def parts(world: World, former: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    """Return what comes when the time-out is raised above an hour: a Create of a new part, an Update of the last."""
    arn = former["ResourceProperties"]["ImageArn"]
    first = wait_for(world, arn, Segment="1", Segments="2")
    return [first, again(world, former, Segment="2", Segments="2", **changes)]


@pytest.mark.parametrize("status", RETIRED)
def test_a_longer_time_out_passes_for_a_retired_image(world: World, status: str) -> None:
    """The new parts of the wait leave the judgement to the last one, which has seen it done."""
    arn = create(world)["PhysicalResourceId"]
    former = waited(world, arn)
    retire(world, arn, status)
    answers = [world.operate(sent) for sent in parts(world, former, **AMI_ID)]
    assert [answer["Status"] for answer in answers] == ["SUCCESS", "SUCCESS"]
    assert answers[1]["Data"]["AmiId.eu-west-1"].startswith("ami-")


def test_a_longer_time_out_passes_for_a_deleted_image(world: World) -> None:
    """As above, when nothing of it is asked for."""
    arn = create(world)["PhysicalResourceId"]
    former = waited(world, arn)
    delete(world, arn)
    answers = [world.operate(sent) for sent in parts(world, former)]
    assert [answer["Status"] for answer in answers] == ["SUCCESS", "SUCCESS"]


@pytest.mark.parametrize("gone", [True, False])
def test_the_last_part_of_a_new_wait_fails_for_what_is_gone_or_retired(world: World, gone: bool) -> None:
    """The parts before it have left it the judgement."""
    arn = create(world)["PhysicalResourceId"]
    world.settle()
    if gone:
        delete(world, arn)
    else:
        retire(world, arn, "DISABLED")
    sent = [wait_for(world, arn, Segment=part, Segments="2") for part in ("1", "2")]
    assert [world.operate(part)["Status"] for part in sent] == ["SUCCESS", "FAILED"]


def test_a_deleted_image_does_not_hinder_another_time_out(world: World) -> None:
    """Nothing of it is asked for, and what was waited for is over; the roll-back of any update passes as well."""
    arn = create(world)["PhysicalResourceId"]
    former = waited(world, arn)
    delete(world, arn)
    answer = world.operate(again(world, former, Seconds="600"))
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ImageArn": arn})


def test_a_deleted_image_is_known_as_done_at_a_later_poll_too(world: World) -> None:
    """A poll is not told the former properties."""
    arn = create(world)["PhysicalResourceId"]
    former = waited(world, arn)
    delete(world, arn)
    world.builder.script.faults.append(Fault("GetImage", "ServiceUnavailableException", times=7))
    answer = world.operate(again(world, former, Seconds="600"))
    assert (answer["Status"], world.event_bridge.rules) == ("SUCCESS", {})
    assert world.event_bridge.made


def test_ids_of_a_deleted_image_are_unknown(world: World) -> None:
    """They cannot be answered; the reason says how to get an image again."""
    arn = create(world)["PhysicalResourceId"]
    former = waited(world, arn)
    delete(world, arn)
    answer = world.operate(again(world, former, **AMI_ID))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        f"{arn} was deleted, and nothing else knows the ids of its AMIs, which ami_id() asks for. "
        "Change revision= to distribute again."
    )


def test_an_image_deleted_while_an_update_waits_for_it_fails(world: World) -> None:
    """It is another one than before, and nobody has waited for it yet."""
    former = waited(world, create(world)["PhysicalResourceId"])
    world.builder.script.outcomes.append(Outcome(distributing=600))
    arn = create(world)["PhysicalResourceId"]
    update = again(world, former, ImageArn=arn)
    world.deliver(update)
    del world.builder.store.images[arn]
    world.settle()
    (answer,) = world.answers_to(update)
    assert (answer["Status"], "is gone" in answer["Reason"]) == ("FAILED", True)
