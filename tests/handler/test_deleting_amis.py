"""Delete with the AMIs: copies and snapshots go, the source never does."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Fault, Outcome, RegionFailure

from .test_removing import create, delete_of
from .world import SOURCE_AMI, World

LIFECYCLE_ROLE = "arn:aws:iam::123456789012:role/Lifecycle"
DELETE_AMIS: dict[str, Any] = {"AutoDeleteAmis": "true", "LifecycleRole": LIFECYCLE_ROLE}


@pytest.mark.parametrize("removes_record", [True, False])
def test_amis_go_with_the_image_when_wanted(world: World, removes_record: bool) -> None:
    """The lifecycle execution is waited for; whether it removes the record too is undocumented."""
    created = create(world, Outcome(lifecycle=20, lifecycle_removes_record=removes_record), **DELETE_AMIS)
    world.settle(10)
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.images == []
    assert world.amis == []
    (call,) = world.calls("StartResourceStateUpdate")
    assert call.parameters["includeResources"] == {"amis": True, "snapshots": True}
    assert call.parameters["executionRole"] == LIFECYCLE_ROLE
    assert "exclusionRules" not in call.parameters
    world.settle()
    assert world.event_bridge.rules == {}


@pytest.mark.parametrize(
    "outcome", [Outcome(hang="INTEGRATING"), Outcome(failures=(RegionFailure("eu-west-1", "No."),))]
)
def test_amis_of_an_unfinished_distribution_go_too(world: World, outcome: Outcome) -> None:
    """What a failed or cancelled distribution had already copied costs money for years."""
    created = create(world, outcome, **DELETE_AMIS)
    world.settle(10)
    assert world.amis
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert (world.images, world.amis) == ([], [])


def test_the_source_ami_never_goes(world: World) -> None:
    """GetImage may list the source: an AMI older than the distribution is no copy, however the source was named."""
    created = create(world, Outcome(lists_source=True), **DELETE_AMIS)
    world.settle(10)
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    (call,) = world.calls("StartResourceStateUpdate")
    assert call.parameters["exclusionRules"] == {"amis": {"regions": ["eu-west-1"]}}
    assert world.builder.store.surroundings.ami_exists(SOURCE_AMI)
    assert len(world.amis) == 1, "the copy in the source's own Region stays with it, and the log says so"


def test_amis_are_not_deleted_while_the_source_is_unknown(world: World) -> None:
    """Without ec2:DescribeImages nothing is risked: the Delete fails and names the action."""
    created = create(world, **DELETE_AMIS)
    world.settle(10)
    world.faults["DescribeImages"] = "UnauthorizedOperation"
    answer = world.operate(delete_of(world, created))
    assert answer["Status"] == "FAILED"
    assert "DescribeImages" in answer["Reason"]
    assert world.calls("StartResourceStateUpdate") == []
    assert len(world.amis) == 3


def test_a_failed_lifecycle_execution_fails_the_delete_and_trying_again_works(world: World) -> None:
    """The reason is Image Builder's; the second Delete starts a second execution."""
    created = create(world, Outcome(lifecycle_failures=("An AMI is in use.",)), **DELETE_AMIS)
    world.settle(10)
    answer = world.operate(delete_of(world, created))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Deleting the AMIs FAILED: An AMI is in use. Delete again")
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert (world.images, world.amis) == ([], [])


def test_a_delete_after_an_impatient_one_goes_on_with_its_execution(world: World) -> None:
    """The first Delete's execution still runs: the second waits for it instead of failing."""
    created = create(world, Outcome(lifecycle=1000), **DELETE_AMIS)
    world.settle(10)
    answer = world.operate(delete_of(world, created))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Still being removed after 25 minutes")
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert (world.images, world.amis) == ([], [])


@pytest.mark.parametrize("operation", ["StartResourceStateUpdate", "GetLifecycleExecution"])
def test_a_crash_or_throttling_starts_no_second_execution(world: World, operation: str) -> None:
    """The call's token is the operation's, so a repeat whose first answer was lost is the same execution."""
    created = create(world, Outcome(lifecycle=100), **DELETE_AMIS)
    world.settle(10)
    world.builder.script.faults.append(Fault(operation, lost=True, times=8))
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert len(world.builder.store.executions) == 1
    assert (world.images, world.amis) == ([], [])
