"""Faults 2, 6, 7, 10 and 14: a rollback returns to what was, RETAIN is kept, a disabled rollback ends well."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import ACCOUNT, PROPERTIES, SimulatedAccount

from .steps import ROLLBACK, create, created, delete, deleted, is_clean, update, updated, wait, wait_request, waited

ONE, TWO, THREE = {"Revision": "1"}, {"Revision": "2"}, {"Revision": "3"}


def starts(account: SimulatedAccount) -> int:
    """Return how many distributions were started."""
    return len({call.parameters["clientToken"] for call in account.calls("DistributeImage")})


@pytest.mark.parametrize(
    ("operation", "code", "status"),
    [
        ("GetImage", "CallRateLimitExceededException", 429),
        ("GetImage", "ServiceUnavailableException", 503),
        ("TagResource", "ServiceException", 500),
        ("DescribeStacks", "Throttling", 400),
        ("GetResources", "ThrottlingException", 400),
        ("*", "ServiceUnavailableException", 503),
    ],
)
@pytest.mark.parametrize("seconds", [60, 240])
def test_rollback_outlasts_what_aws_refuses(
    account: SimulatedAccount, operation: str, code: str, status: int, seconds: int
) -> None:
    """A service that throttles or fails during a rollback's Update delays it; the rollback does not fail."""
    old = created(account, **ONE)
    new = updated(account, old, TWO, ONE)
    account.fail(operation, code, status=status, until=account.now + seconds, times=None)
    assert updated(account, new, {**ONE, "Tags": {"Team": "a"}}, TWO, ROLLBACK) == old
    deleted(account, new, ROLLBACK)
    assert starts(account) == 2
    assert account.images == [old]


@pytest.mark.parametrize("kind", ["Update", "Delete", "wait"])
def test_every_request_outlasts_five_minutes_of_errors(account: SimulatedAccount, kind: str) -> None:
    """An Update outlasts what a wait and a Delete outlast."""
    arn = created(account, **ONE)
    account.fail("*", "ServiceUnavailableException", service="imagebuilder", until=account.now + 300, times=None)
    if kind == "Update":
        assert update(account, arn, TWO, ONE)["Status"] == "SUCCESS"
    elif kind == "Delete":
        assert delete(account, arn)["Status"] == "SUCCESS"
    else:
        assert wait(account, arn)["Status"] == "SUCCESS"
    account.settle(120)
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "DEPRECATED", "DISABLED", "gone"])
def test_rollback_returns_to_the_old_image_whatever_its_status(account: SimulatedAccount, status: str) -> None:
    """With wait=False the stack's own image may have failed: a rollback restores it and starts nothing."""
    if status == "FAILED":
        account.builder.script.outcomes.append(Outcome(failures=(RegionFailure("us-east-1", "No."),)))
    old = created(account, **ONE)
    account.settle(60)
    new = updated(account, old, TWO, ONE)
    if status == "gone":
        account.builder.call("DeleteImage", imageBuildVersionArn=old)
    elif status != "FAILED":
        account.builder.store.images[old].status = status
    before = starts(account)
    assert updated(account, new, ONE, TWO, ROLLBACK) == old
    assert starts(account) == before


def test_rollback_of_a_refused_start_answers_the_current_image(account: SimulatedAccount) -> None:
    """The Update failed before it started anything, and the stack's own image is CANCELLED: nothing is started."""
    old = created(account, **ONE)
    account.settle(60)
    account.builder.store.images[old].status = "CANCELLED"
    account.fail("DistributeImage", "InvalidRequestException", times=None)
    assert update(account, old, TWO, ONE)["Status"] == "FAILED"
    account.heal()
    assert updated(account, old, ONE, TWO, ROLLBACK) == old
    assert starts(account) == 1


def test_rollback_without_a_predecessor_answers_the_current_id(account: SimulatedAccount) -> None:
    """Somebody removed the tags of the new image: nothing is started, and the rollback completes."""
    old = created(account, **ONE)
    new = updated(account, old, TWO, ONE)
    account.builder.store.images[new].tags.clear()
    assert updated(account, new, ONE, TWO, ROLLBACK) == new
    assert starts(account) == 2


def test_rollback_is_recognised_though_the_read_lags(account: SimulatedAccount) -> None:
    """DescribeStacks may still show the update: where a predecessor exists it is asked again for half a minute."""
    old = created(account, **ONE)
    new = updated(account, old, TWO, ONE)
    account.settle(300)
    account.stacks.lag = 20
    assert updated(account, new, ONE, TWO, ROLLBACK) == old
    assert starts(account) == 2


def test_rollback_takes_the_predecessor_when_cloudformation_cannot_be_asked(account: SimulatedAccount) -> None:
    """In a VPC without an endpoint of CloudFormation, a rollback still returns to the old image."""
    old = created(account, **ONE)
    new = updated(account, old, TWO, ONE)
    account.fail("DescribeStacks", unreachable=True, times=None)
    assert updated(account, new, ONE, TWO, ROLLBACK) == old
    assert starts(account) == 2


@pytest.mark.parametrize("seconds", [0, 90_000])
def test_retained_images_survive_whatever_follows(account: SimulatedAccount, seconds: int) -> None:
    """RETAIN, revisions 1, 2, 1, 3: four distributions; no later request touches what CloudFormation gave up."""
    current = created(account, **ONE)
    retained, before = [current], ONE
    for wanted in (TWO, ONE, THREE):
        account.settle(seconds)
        current = updated(account, current, wanted, before)
        # With RETAIN no Delete follows in the clean-up.
        retained.append(current)
        before = wanted
    assert starts(account) == len(set(retained)) == 4
    account.settle(seconds)
    copies = list(account.copies)
    # Changed to DESTROY with auto_delete_amis, rolled back once, then removed.
    failed = updated(account, current, TWO, THREE)
    updated(account, failed, THREE, TWO, ROLLBACK)
    deleted(account, failed, ROLLBACK, **TWO)
    own = [ami["image"] for ami in account.builder.store.images[current].copies]
    deleted(account, current, AutoDeleteAmis="true", LifecycleRole="arn:aws:iam::123456789012:role/L", **THREE)
    assert set(account.images) == set(retained[:-1])
    assert set(copies) - set(own) <= set(account.copies)


def test_retained_image_is_not_swept_by_the_delete_of_a_failed_create(account: SimulatedAccount) -> None:
    """A distribution is removed with RETAIN and added again; the new Create fails: the retained image survives."""
    old = created(account, **ONE)
    waited(account, old)
    account.fail("DistributeImage", "InvalidRequestException", times=None)
    answer = create(account, **TWO)
    deleted(account, answer["PhysicalResourceId"])
    deleted(account, "Golden-Distribution830FAC52-INVENTED")
    assert account.images == [old]


def ask_for(region: str) -> dict[str, Any]:
    """Return the property for ami_id(region)."""
    return {"AmiIds": {f"AmiId.{region}": {"Region": region}}}


def test_image_deleted_by_hand_fails_a_new_ami_id_and_rolls_back(account: SimulatedAccount) -> None:
    """The ids of its AMIs are unknown: the update says so, and the rollback completes."""
    arn = created(account)
    physical_id = {"PhysicalResourceId": "Golden-Wait9A9B7B98"}
    waited(account, arn)
    account.builder.call("DeleteImage", imageBuildVersionArn=arn)
    old = {"OldResourceProperties": {"ImageArn": arn}}
    answer = wait(account, arn, "Update", properties=ask_for("us-east-1"), **physical_id, **old)
    assert answer["Status"] == "FAILED"
    assert "Change revision=" in answer["Reason"]
    assert waited(account, arn, "Update", stack_status=ROLLBACK, **physical_id, **old) == {"ImageArn": arn}


def test_rollback_to_an_image_deleted_by_hand_answers_unknown_amis(account: SimulatedAccount) -> None:
    """The wait had ami_id() before: its rollback has nothing to wait for and does not fail for what it cannot know."""
    arn = created(account)
    waited(account, arn)
    account.builder.call("DeleteImage", imageBuildVersionArn=arn)
    attributes = waited(
        account,
        arn,
        "Update",
        stack_status=ROLLBACK,
        PhysicalResourceId="Golden-Wait9A9B7B98",
        properties=ask_for("us-east-1"),
        OldResourceProperties={"ImageArn": arn.replace("/1", "/2")},
    )
    assert attributes == {"ImageArn": arn, "AmiId.us-east-1": "unknown"}


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("lag", [0, 20])
def test_live_image_survives_the_late_delete_of_a_failed_create(
    account: SimulatedAccount, held: bool, lag: int
) -> None:
    """Rollback disabled: the Delete of a failed Create, with either id, comes after the Create that succeeded."""
    account.fail("DistributeImage", "ServiceException", lost=False, times=None)
    failed = account.operate(account.request("Create"))
    assert failed["Status"] == "FAILED"
    account.heal()
    live = created(account)
    if held:
        waited(account, live)
    account.stacks.lag = lag
    clean_up = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    deleted(account, failed["PhysicalResourceId"], clean_up)
    deleted(account, "Golden-Distribution830FAC52-INVENTED", clean_up)
    assert account.images == [live]
    account.stacks.lag = 0
    deleted(account, live)
    assert is_clean(account)


def test_late_delete_of_a_failed_create_removes_its_own_image(account: SimulatedAccount) -> None:
    """Rollback disabled: the failed Create had started an image; its Delete removes that one alone."""
    account.fail("DistributeImage", lost=True, times=1)
    account.fail("DistributeImage", "ResourceInUseException", times=None)
    failed = account.operate(account.request("Create"))
    account.heal()
    live = created(account)
    assert len(account.images) == 2
    deleted(account, failed["PhysicalResourceId"], "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert account.images == [live]


def test_update_of_a_failed_create_starts_the_distribution(account: SimulatedAccount) -> None:
    """Rollback disabled: an Update that carries the id of a failed Create is not stuck."""
    account.fail("DistributeImage", "InvalidRequestException", times=None)
    failed = account.operate(account.request("Create", ResourceProperties={**PROPERTIES, **ONE}))["PhysicalResourceId"]
    account.heal()
    arn = updated(account, failed, ONE, ONE)
    assert arn.startswith("arn:")
    deleted(account, failed, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", **ONE)
    assert account.images == [arn]


def test_update_of_a_failed_create_in_a_rollback_answers_its_id(account: SimulatedAccount) -> None:
    """There is no image to return to: nothing is started, nothing fails."""
    account.fail("DistributeImage", "InvalidRequestException", times=None)
    failed = account.operate(account.request("Create"))["PhysicalResourceId"]
    account.heal()
    assert updated(account, failed, ONE, TWO, ROLLBACK) == failed
    assert account.images == []


def test_failed_wait_says_so_when_the_stack_does_not_roll_back(account: SimulatedAccount) -> None:
    """An Update's wait fails as a Create's does: only a rollback has nothing to wait for."""
    account.builder.script.outcomes.append(Outcome(failures=(RegionFailure("us-east-1", "No.", ACCOUNT),)))
    arn = created(account)
    answer = wait(account, arn, "Update", PhysicalResourceId="Golden-Wait9A9B7B98")
    assert answer["Status"] == "FAILED"
    assert "us-east-1" in answer["Reason"]


def test_lagging_read_in_a_rollback_to_a_deleted_image_starts_nothing(account: SimulatedAccount) -> None:
    """The old image was deleted by hand, so nothing says what the new one replaced but its tag."""
    old = created(account, **ONE)
    account.settle(60)
    account.builder.call("DeleteImage", imageBuildVersionArn=old)
    new = updated(account, old, TWO, ONE)
    account.settle(300)
    account.stacks.lag = 20
    assert updated(account, new, ONE, TWO, ROLLBACK) == old
    assert starts(account) == 2


def test_wait_deletes_its_rules_whatever_image_it_waited_for(account: SimulatedAccount) -> None:
    """An Update of the wait was cancelled, and the rollback waits for another image: the rule of the first goes too."""
    account.builder.script.outcomes += [Outcome(), Outcome(hang="DISTRIBUTING")]
    old = created(account, **ONE)
    waited(account, old)
    new = updated(account, old, TWO, ONE)
    physical_id = {"PhysicalResourceId": "Golden-Wait9A9B7B98"}
    account.deliver(wait_request(account, new, "Update", **physical_id))
    assert len(account.event_bridge.rules) == 1
    assert wait(account, old, "Delete", **physical_id)["Status"] == "SUCCESS"
    assert account.event_bridge.rules == {}
