"""Delete with the AMIs: copies and snapshots go, the source never does."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Fault, Outcome, RegionFailure
from simulated_aws import SOURCE_AMI, SimulatedAccount

from .test_removing import create, delete_of

LIFECYCLE_ROLE = "arn:aws:iam::123456789012:role/Lifecycle"
DELETE_AMIS: dict[str, Any] = {"AutoDeleteAmis": "true", "LifecycleRole": LIFECYCLE_ROLE}


@pytest.mark.parametrize("removes_record", [True, False])
def test_amis_go_with_the_image_when_wanted(account: SimulatedAccount, removes_record: bool) -> None:
    """The lifecycle execution is waited for; whether it removes the record too is undocumented."""
    created = create(account, Outcome(lifecycle=20, lifecycle_removes_record=removes_record), **DELETE_AMIS)
    account.settle(10)
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.images == []
    assert account.copies == []
    (call,) = account.calls("StartResourceStateUpdate")
    assert call.parameters["includeResources"] == {"amis": True, "snapshots": True}
    assert call.parameters["executionRole"] == LIFECYCLE_ROLE
    assert "exclusionRules" not in call.parameters
    account.settle()
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize(
    "outcome", [Outcome(hang="INTEGRATING"), Outcome(failures=(RegionFailure("eu-west-1", "No."),))]
)
def test_amis_of_an_unfinished_distribution_go_too(account: SimulatedAccount, outcome: Outcome) -> None:
    """What a failed or cancelled distribution had already copied costs money for years."""
    created = create(account, outcome, **DELETE_AMIS)
    account.settle(10)
    assert account.copies
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert (account.images, account.copies) == ([], [])


def test_the_source_ami_never_goes(account: SimulatedAccount) -> None:
    """GetImage may list the source: an AMI older than the distribution is no copy, however the source was named."""
    created = create(account, Outcome(lists_source=True), **DELETE_AMIS)
    account.settle(10)
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    (call,) = account.calls("StartResourceStateUpdate")
    assert call.parameters["exclusionRules"] == {"amis": {"regions": ["eu-west-1"]}}
    assert account.builder.store.surroundings.ami_exists(SOURCE_AMI)
    assert len(account.copies) == 1, "the copy in the source's own Region stays with it, and the log says so"


def test_amis_are_not_deleted_while_the_source_is_unknown(account: SimulatedAccount) -> None:
    """Without ec2:DescribeImages nothing is risked: the Delete fails and names the action."""
    created = create(account, **DELETE_AMIS)
    account.settle(10)
    account.fail("DescribeImages", "UnauthorizedOperation", "not authorized to perform: ec2:DescribeImages", times=None)
    answer = account.operate(delete_of(account, created))
    assert answer["Status"] == "FAILED"
    assert "DescribeImages" in answer["Reason"]
    assert account.calls("StartResourceStateUpdate") == []
    assert len(account.copies) == 3


def test_a_failed_lifecycle_execution_fails_the_delete_and_trying_again_works(account: SimulatedAccount) -> None:
    """The reason is Image Builder's; the second Delete starts a second execution."""
    created = create(account, Outcome(lifecycle_failures=("An AMI is in use.",)), **DELETE_AMIS)
    account.settle(10)
    answer = account.operate(delete_of(account, created))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Deleting the AMIs FAILED: An AMI is in use. Delete again")
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert (account.images, account.copies) == ([], [])


def test_a_delete_after_an_impatient_one_goes_on_with_its_execution(account: SimulatedAccount) -> None:
    """The first Delete's execution still runs: the second waits for it instead of failing."""
    created = create(account, Outcome(lifecycle=1000), **DELETE_AMIS)
    account.settle(10)
    answer = account.operate(delete_of(account, created))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Still being removed after 25 minutes")
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert (account.images, account.copies) == ([], [])


@pytest.mark.parametrize("operation", ["StartResourceStateUpdate", "GetLifecycleExecution"])
def test_a_crash_or_throttling_starts_no_second_execution(account: SimulatedAccount, operation: str) -> None:
    """The call's token is the operation's, so a repeat whose first answer was lost is the same execution."""
    created = create(account, Outcome(lifecycle=100), **DELETE_AMIS)
    account.settle(10)
    account.builder.script.faults.append(Fault(operation, lost=True, times=8))
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert len(account.builder.store.executions) == 1
    assert (account.images, account.copies) == ([], [])
