"""Update: one new distribution for what or where, none for how, and a roll-back without a second copy."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Fault, Outcome, RegionFailure

from .cloudformation import CONFIGURATION_ARN, PROPERTIES
from .test_removing import HANGING, create, delete_of
from .world import World


def update_of(world: World, created: dict[str, Any], changes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return an Update that changes these properties of what there is."""
    before = created["ResourceProperties"]
    return world.request(
        "Update",
        **{
            "PhysicalResourceId": created["PhysicalResourceId"],
            "ResourceProperties": {**before, **changes},
            "OldResourceProperties": before,
            **fields,
        },
    )


def rollback_of(world: World, update: dict[str, Any], physical_id: str) -> dict[str, Any]:
    """Return the Update that CloudFormation sends to take an Update back: its properties swapped."""
    return world.request(
        "Update",
        PhysicalResourceId=physical_id,
        ResourceProperties=update["OldResourceProperties"],
        OldResourceProperties=update["ResourceProperties"],
    )


def distributions(world: World) -> int:
    """Return how many distributions were started."""
    return len({call.parameters["clientToken"] for call in world.calls("DistributeImage")})


@pytest.mark.parametrize(
    "change",
    [
        {"SourceImage": "ssm:/golden/ami"},
        {"DistributionConfigurationArn": CONFIGURATION_ARN + "-2"},
        {"Revision": "2"},
    ],
)
def test_an_update_of_what_or_where_starts_one_distribution(world: World, change: dict[str, str]) -> None:
    """Source, configuration and revision say what goes where; the old image stays until the clean-up."""
    surroundings = world.builder.store.surroundings
    surroundings.parameters["/golden/ami"] = PROPERTIES["SourceImage"]  # type: ignore[attr-defined]  # in memory
    world.builder.call(
        "CreateDistributionConfiguration", name="golden-2", distributions=[{"region": "eu-west-1"}], clientToken="2"
    )
    created = create(world)
    answer = world.operate(update_of(world, created, change))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] != created["PhysicalResourceId"]
    assert answer["Data"] == {"ImageArn": answer["PhysicalResourceId"]}
    assert world.images == [created["PhysicalResourceId"], answer["PhysicalResourceId"]]
    tags = world.builder.store.images[answer["PhysicalResourceId"]].tags
    assert tags["cdk-image-distribution:replaces"] == created["PhysicalResourceId"]


@pytest.mark.parametrize(
    "change",
    [
        {"ExecutionRole": PROPERTIES["ExecutionRole"] + "2"},
        {"LogGroupName": "/images"},
        {"AutoDeleteAmis": "true", "LifecycleRole": "arn:aws:iam::123456789012:role/Lifecycle"},
    ],
)
def test_an_update_of_how_keeps_the_image(world: World, change: dict[str, str]) -> None:
    """Who distributes, where it logs and what goes with it do not cost an hour's copying."""
    created = create(world)
    answer = world.operate(update_of(world, created, change), within=1)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert answer["Data"] == {"ImageArn": created["PhysicalResourceId"]}
    assert distributions(world) == 1


def test_an_update_of_tags_tags_the_image_in_place(world: World) -> None:
    """Added, changed and removed; ours stay, and nothing is distributed."""
    created = create(world, Tags={"Team": "a", "Old": "1"})
    answer = world.operate(update_of(world, created, {"Tags": {"Team": "b", "New": "1"}}), within=1)
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    tags = world.builder.store.images[created["PhysicalResourceId"]].tags
    theirs = {key: value for key, value in tags.items() if not key.startswith("cdk-image-distribution:")}
    assert theirs == {"Team": "b", "New": "1"}
    assert len(tags) - len(theirs) == 4
    assert distributions(world) == 1


def test_a_refused_update_keeps_the_old_image_as_physical_id(world: World) -> None:
    """A failed update names the old image, so that the roll-back deletes nothing that is in use."""
    created = create(world)
    world.builder.script.faults.append(
        Fault("DistributeImage", "ResourceNotFoundException", "No such image.", times=None)
    )
    answer = world.operate(update_of(world, created, {"Revision": "2"}))
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]


@pytest.mark.parametrize("outcome", [HANGING, Outcome(failures=(RegionFailure("us-east-1", "No."),)), Outcome()])
def test_a_roll_back_returns_to_the_old_image_and_starts_nothing(world: World, outcome: Outcome) -> None:
    """Wait, start or sibling failed: the swapped Update answers the old ARN, and the new image's Delete removes it."""
    created = create(world)
    world.settle(10)
    world.builder.script.outcomes.append(outcome)
    update = update_of(world, created, {"Revision": "2"})
    new = world.operate(update)["PhysicalResourceId"]
    world.settle(10)
    answer = world.operate(rollback_of(world, update, new))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert distributions(world) == 2
    assert world.operate(delete_of(world, {**created, "PhysicalResourceId": new}))["Status"] == "SUCCESS"
    assert world.images == [created["PhysicalResourceId"]]
    world.settle()
    assert world.event_bridge.rules == {}


def test_a_roll_back_gives_the_old_image_its_old_tags_back(world: World) -> None:
    """The image that lives on is as the old template says."""
    created = create(world, Tags={"Team": "a"})
    update = update_of(world, created, {"Tags": {"Team": "b"}})
    world.operate(update)
    world.operate(rollback_of(world, update, created["PhysicalResourceId"]))
    assert world.builder.store.images[created["PhysicalResourceId"]].tags["Team"] == "a"


def test_an_old_image_that_vanished_meanwhile_is_distributed_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """There is nothing to return to, and the log says so."""
    created = create(world)
    world.settle(10)
    update = update_of(world, created, {"Revision": "2"})
    new = world.operate(update)["PhysicalResourceId"]
    world.builder.call("DeleteImage", imageBuildVersionArn=created["PhysicalResourceId"])
    answer = world.operate(rollback_of(world, update, new))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] not in (created["PhysicalResourceId"], new)
    assert f"Neither {new} nor what it replaced, {created['PhysicalResourceId']}, is there" in caplog.text


def unanswered_update(world: World, created: dict[str, Any]) -> dict[str, Any]:
    """Start an image by an Update that gets no answer of DistributeImage, and return the failed Update."""
    world.builder.script.outcomes.append(HANGING)
    world.builder.script.faults.append(Fault("DistributeImage", lost=True, times=None))
    update = update_of(world, created, {"Revision": "2"})
    answer = world.operate(update)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", created["PhysicalResourceId"])
    world.builder.script.faults.clear()
    assert len(world.images) == 2
    return update


def test_an_image_without_an_answer_is_swept_by_the_roll_back(world: World) -> None:
    """The swapped Update comes with the old id: nobody else knows the new image."""
    created = create(world)
    world.settle(10)
    update = unanswered_update(world, created)
    answer = world.operate(rollback_of(world, update, created["PhysicalResourceId"]))
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert world.images == [created["PhysicalResourceId"]]
    world.settle()
    assert world.event_bridge.rules == {}


def test_an_image_without_an_answer_is_adopted_by_the_same_update(world: World) -> None:
    """With roll-backs disabled the user deploys again: what runs already is not started a second time."""
    created = create(world)
    world.settle(10)
    unanswered_update(world, created)
    (running,) = set(world.images) - {created["PhysicalResourceId"]}
    answer = world.operate(update_of(world, created, {"Revision": "2"}))
    assert answer["PhysicalResourceId"] == running
    assert distributions(world) == 2


def test_an_image_without_an_answer_is_swept_by_the_next_update(world: World) -> None:
    """The next update wants something else: it starts that, and removes what is left over."""
    created = create(world)
    world.settle(10)
    unanswered_update(world, created)
    answer = world.operate(update_of(world, created, {"Revision": "3"}))
    assert answer["Status"] == "SUCCESS"
    assert world.images == [created["PhysicalResourceId"], answer["PhysicalResourceId"]]


def test_an_image_without_an_answer_goes_with_the_stack(world: World) -> None:
    """No swapped Update ever comes: the Delete of the stack's own image takes the other along."""
    created = create(world)
    world.settle(10)
    unanswered_update(world, created)
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.images == []


def test_the_clean_up_after_an_update_spares_the_new_image(world: World) -> None:
    """The old image's Delete comes after a good update, while the new one replaces it by its tag."""
    created = create(world)
    world.settle(10)
    update = update_of(world, created, {"Revision": "2"})
    new = world.operate(update)["PhysicalResourceId"]
    world.own[created["LogicalResourceId"]] = new
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.images == [new]


@pytest.mark.parametrize("fault", ["down", "AccessDeniedException"])
def test_what_cannot_be_asked_spares_the_image(world: World, fault: str) -> None:
    """If CloudFormation does not say which image is its own, none but the one named is removed."""
    created = create(world)
    world.settle(10)
    new = world.operate(update_of(world, created, {"Revision": "2"}))["PhysicalResourceId"]
    world.faults["DescribeStackResource"] = fault
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.images == [new]


def test_a_sweep_that_fails_does_not_fail_the_update(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be removed is named in the log; the roll-back succeeds."""
    created = create(world)
    world.settle(10)
    update = unanswered_update(world, created)
    (left,) = set(world.images) - {created["PhysicalResourceId"]}
    world.builder.script.faults.append(Fault("CancelImageCreation", "AccessDeniedException", "No.", times=None))
    assert world.operate(rollback_of(world, update, created["PhysicalResourceId"]))["Status"] == "SUCCESS"
    assert f"{left} is left over from an earlier operation" in caplog.text


def test_a_sweep_outlasts_throttling(world: World) -> None:
    """More than botocore's own retries: the next poll goes on, and nothing is left."""
    created = create(world)
    world.settle(10)
    update = unanswered_update(world, created)
    world.builder.script.faults.append(Fault("CancelImageCreation", "TooManyRequestsException", times=14))
    assert world.operate(rollback_of(world, update, created["PhysicalResourceId"]))["Status"] == "SUCCESS"
    assert world.images == [created["PhysicalResourceId"]]
    world.settle()
    assert world.event_bridge.rules == {}


@pytest.mark.parametrize("deliveries", [2, 3])
def test_the_same_create_delivered_again_is_one_distribution(world: World, deliveries: int) -> None:
    """At once or minutes later: one image, one consistent answer."""
    sent = world.request("Create")
    for _ in range(deliveries):
        world.deliver(sent)
        world.settle(90)
    answers = world.answers_to(sent)
    assert len(answers) == deliveries
    assert all(answer == answers[0] for answer in answers)
    assert distributions(world) == len(world.images) == 1


def test_the_same_update_delivered_again_is_one_distribution(world: World) -> None:
    """An Update is as repeatable as a Create."""
    created = create(world)
    update = update_of(world, created, {"Revision": "2"})
    world.deliver(update)
    world.deliver(update)
    first, second = world.answers_to(update)
    assert first == second
    assert distributions(world) == 2


def test_an_answer_of_distributeimage_that_was_lost_once_is_one_distribution(world: World) -> None:
    """Botocore repeats the call with the same token and gets the first answer."""
    world.builder.script.faults.append(Fault("DistributeImage", lost=True))
    assert world.operate(world.request("Create"))["Status"] == "SUCCESS"
    assert distributions(world) == len(world.images) == 1
