"""Update: one new distribution for what or where, none for how, and a roll-back without a second copy."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Fault, Outcome, RegionFailure
from simulated_aws import CONFIGURATION_ARN, PROPERTIES, SimulatedAccount

from .test_removing import HANGING, create, delete_of


def update_of(
    account: SimulatedAccount, created: dict[str, Any], changes: dict[str, Any], **fields: Any
) -> dict[str, Any]:
    """Return an Update that changes these properties of what there is."""
    before = created["ResourceProperties"]
    return account.request(
        "Update",
        **{
            "PhysicalResourceId": created["PhysicalResourceId"],
            "ResourceProperties": {**before, **changes},
            "OldResourceProperties": before,
            **fields,
        },
    )


def rollback_of(account: SimulatedAccount, update: dict[str, Any], physical_id: str) -> dict[str, Any]:
    """Return the Update that CloudFormation sends to take an Update back: its properties swapped."""
    return account.request(
        "Update",
        PhysicalResourceId=physical_id,
        ResourceProperties=update["OldResourceProperties"],
        OldResourceProperties=update["ResourceProperties"],
    )


def distributions(account: SimulatedAccount) -> int:
    """Return how many distributions were started."""
    return len({call.parameters["clientToken"] for call in account.calls("DistributeImage")})


@pytest.mark.parametrize(
    "change",
    [
        {"SourceImage": "ssm:/golden/ami"},
        {"DistributionConfigurationArn": CONFIGURATION_ARN + "-2"},
        {"Revision": "2"},
    ],
)
def test_an_update_of_what_or_where_starts_one_distribution(account: SimulatedAccount, change: dict[str, str]) -> None:
    """Source, configuration and revision say what goes where; the old image stays until the clean-up."""
    surroundings = account.builder.store.surroundings
    surroundings.parameters["/golden/ami"] = PROPERTIES["SourceImage"]  # type: ignore[attr-defined]  # in memory
    account.builder.call(
        "CreateDistributionConfiguration", name="golden-2", distributions=[{"region": "eu-west-1"}], clientToken="2"
    )
    created = create(account)
    answer = account.operate(update_of(account, created, change))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] != created["PhysicalResourceId"]
    assert answer["Data"] == {"ImageArn": answer["PhysicalResourceId"]}
    assert account.images == [created["PhysicalResourceId"], answer["PhysicalResourceId"]]
    tags = account.builder.store.images[answer["PhysicalResourceId"]].tags
    assert tags["cdk-image-distribution:replaces"] == created["PhysicalResourceId"]


@pytest.mark.parametrize(
    "change",
    [
        {"ExecutionRole": PROPERTIES["ExecutionRole"] + "2"},
        {"LogGroupName": "/images"},
        {"AutoDeleteAmis": "true", "LifecycleRole": "arn:aws:iam::123456789012:role/Lifecycle"},
    ],
)
def test_an_update_of_how_keeps_the_image(account: SimulatedAccount, change: dict[str, str]) -> None:
    """Who distributes, where it logs and what goes with it do not cost an hour's copying."""
    created = create(account)
    answer = account.operate(update_of(account, created, change), within=1)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert answer["Data"] == {"ImageArn": created["PhysicalResourceId"]}
    assert distributions(account) == 1


def test_an_update_of_tags_tags_the_image_in_place(account: SimulatedAccount) -> None:
    """Added, changed and removed; ours stay, and nothing is distributed."""
    created = create(account, Tags={"Team": "a", "Old": "1"})
    answer = account.operate(update_of(account, created, {"Tags": {"Team": "b", "New": "1"}}), within=1)
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    tags = account.builder.store.images[created["PhysicalResourceId"]].tags
    theirs = {key: value for key, value in tags.items() if not key.startswith("cdk-image-distribution:")}
    assert theirs == {"Team": "b", "New": "1"}
    assert len(tags) - len(theirs) == 4
    assert distributions(account) == 1


def test_a_refused_update_keeps_the_old_image_as_physical_id(account: SimulatedAccount) -> None:
    """A failed update names the old image, so that the roll-back deletes nothing that is in use."""
    created = create(account)
    account.builder.script.faults.append(
        Fault("DistributeImage", "ResourceNotFoundException", "No such image.", times=None)
    )
    answer = account.operate(update_of(account, created, {"Revision": "2"}))
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]


@pytest.mark.parametrize("outcome", [HANGING, Outcome(failures=(RegionFailure("us-east-1", "No."),)), Outcome()])
def test_a_roll_back_returns_to_the_old_image_and_starts_nothing(account: SimulatedAccount, outcome: Outcome) -> None:
    """Wait, start or sibling failed: the swapped Update answers the old ARN, and the new image's Delete removes it."""
    created = create(account)
    account.settle(10)
    account.builder.script.outcomes.append(outcome)
    update = update_of(account, created, {"Revision": "2"})
    new = account.operate(update)["PhysicalResourceId"]
    account.settle(10)
    answer = account.operate(rollback_of(account, update, new))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert distributions(account) == 2
    assert account.operate(delete_of(account, {**created, "PhysicalResourceId": new}))["Status"] == "SUCCESS"
    assert account.images == [created["PhysicalResourceId"]]
    account.settle()
    assert account.event_bridge.rules == {}


def test_a_roll_back_gives_the_old_image_its_old_tags_back(account: SimulatedAccount) -> None:
    """The image that lives on is as the old template says."""
    created = create(account, Tags={"Team": "a"})
    update = update_of(account, created, {"Tags": {"Team": "b"}})
    account.operate(update)
    account.operate(rollback_of(account, update, created["PhysicalResourceId"]))
    assert account.builder.store.images[created["PhysicalResourceId"]].tags["Team"] == "a"


def test_an_old_image_that_vanished_meanwhile_is_distributed_again(
    account: SimulatedAccount, caplog: pytest.LogCaptureFixture
) -> None:
    """There is nothing to return to, and the log says so."""
    created = create(account)
    account.settle(10)
    update = update_of(account, created, {"Revision": "2"})
    new = account.operate(update)["PhysicalResourceId"]
    account.builder.call("DeleteImage", imageBuildVersionArn=created["PhysicalResourceId"])
    answer = account.operate(rollback_of(account, update, new))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] not in (created["PhysicalResourceId"], new)
    assert f"Neither {new} nor what it replaced, {created['PhysicalResourceId']}, is there" in caplog.text


def unanswered_update(account: SimulatedAccount, created: dict[str, Any]) -> dict[str, Any]:
    """Start an image by an Update that gets no answer of DistributeImage, and return the failed Update."""
    account.builder.script.outcomes.append(HANGING)
    account.builder.script.faults.append(Fault("DistributeImage", lost=True, times=None))
    update = update_of(account, created, {"Revision": "2"})
    answer = account.operate(update)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", created["PhysicalResourceId"])
    account.builder.script.faults.clear()
    assert len(account.images) == 2
    return update


def test_an_image_without_an_answer_is_swept_by_the_roll_back(account: SimulatedAccount) -> None:
    """The swapped Update comes with the old id: nobody else knows the new image."""
    created = create(account)
    account.settle(10)
    update = unanswered_update(account, created)
    answer = account.operate(rollback_of(account, update, created["PhysicalResourceId"]))
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert account.images == [created["PhysicalResourceId"]]
    account.settle()
    assert account.event_bridge.rules == {}


def test_an_image_without_an_answer_is_adopted_by_the_same_update(account: SimulatedAccount) -> None:
    """With roll-backs disabled the user deploys again: what runs already is not started a second time."""
    created = create(account)
    account.settle(10)
    unanswered_update(account, created)
    (running,) = set(account.images) - {created["PhysicalResourceId"]}
    answer = account.operate(update_of(account, created, {"Revision": "2"}))
    assert answer["PhysicalResourceId"] == running
    assert distributions(account) == 2


def test_an_image_without_an_answer_is_swept_by_the_next_update(account: SimulatedAccount) -> None:
    """The next update wants something else: it starts that, and removes what is left over."""
    created = create(account)
    account.settle(10)
    unanswered_update(account, created)
    answer = account.operate(update_of(account, created, {"Revision": "3"}))
    assert answer["Status"] == "SUCCESS"
    assert account.images == [created["PhysicalResourceId"], answer["PhysicalResourceId"]]


def test_an_image_without_an_answer_goes_with_the_stack(account: SimulatedAccount) -> None:
    """No swapped Update ever comes: the Delete of the stack's own image takes the other along."""
    created = create(account)
    account.settle(10)
    unanswered_update(account, created)
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.images == []


def test_the_clean_up_after_an_update_spares_the_new_image(account: SimulatedAccount) -> None:
    """The old image's Delete comes after a good update, while the new one replaces it by its tag."""
    created = create(account)
    account.settle(10)
    update = update_of(account, created, {"Revision": "2"})
    new = account.operate(update)["PhysicalResourceId"]
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.images == [new]


@pytest.mark.parametrize("fault", [{"unreachable": True}, {"code": "AccessDeniedException"}])
def test_what_cannot_be_asked_spares_the_image(account: SimulatedAccount, fault: dict[str, Any]) -> None:
    """If CloudFormation does not say which image is its own, none but the one named is removed."""
    created = create(account)
    account.settle(10)
    new = account.operate(update_of(account, created, {"Revision": "2"}))["PhysicalResourceId"]
    account.fail("DescribeStackResource", times=None, **fault)
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.images == [new]


def test_a_sweep_that_fails_does_not_fail_the_update(
    account: SimulatedAccount, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be removed is named in the log; the roll-back succeeds."""
    created = create(account)
    account.settle(10)
    update = unanswered_update(account, created)
    (left,) = set(account.images) - {created["PhysicalResourceId"]}
    account.builder.script.faults.append(Fault("CancelImageCreation", "AccessDeniedException", "No.", times=None))
    assert account.operate(rollback_of(account, update, created["PhysicalResourceId"]))["Status"] == "SUCCESS"
    assert f"{left} is left over from an earlier operation" in caplog.text


def test_a_sweep_outlasts_throttling(account: SimulatedAccount) -> None:
    """More than botocore's own retries: the next poll goes on, and nothing is left."""
    created = create(account)
    account.settle(10)
    update = unanswered_update(account, created)
    account.builder.script.faults.append(Fault("CancelImageCreation", "TooManyRequestsException", times=14))
    assert account.operate(rollback_of(account, update, created["PhysicalResourceId"]))["Status"] == "SUCCESS"
    assert account.images == [created["PhysicalResourceId"]]
    account.settle()
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("deliveries", [2, 3])
def test_the_same_create_delivered_again_is_one_distribution(account: SimulatedAccount, deliveries: int) -> None:
    """At once or minutes later: one image, one consistent answer."""
    sent = account.request("Create")
    for _ in range(deliveries):
        account.deliver(sent)
        account.settle(90)
    answers = account.answers_to(sent)
    assert len(answers) == deliveries
    assert all(answer == answers[0] for answer in answers)
    assert distributions(account) == len(account.images) == 1


def test_the_same_update_delivered_again_is_one_distribution(account: SimulatedAccount) -> None:
    """An Update is as repeatable as a Create."""
    created = create(account)
    update = update_of(account, created, {"Revision": "2"})
    account.deliver(update)
    account.deliver(update)
    first, second = account.answers_to(update)
    assert first == second
    assert distributions(account) == 2


def test_an_answer_of_distributeimage_that_was_lost_once_is_one_distribution(account: SimulatedAccount) -> None:
    """Botocore repeats the call with the same token and gets the first answer."""
    account.builder.script.faults.append(Fault("DistributeImage", lost=True))
    assert account.operate(account.request("Create"))["Status"] == "SUCCESS"
    assert distributions(account) == len(account.images) == 1
