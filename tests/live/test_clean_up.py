"""Clean-up: everything goes whatever fails, nothing else goes, and what stays is listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from live.clean_up import clean_up
from live.journal import Journal, Leftover, Resource, Run

from .fake_account import ACCOUNT, HOME, RUN, SECOND, FakeAccount, error

PREFIX = f"ImageDistributionLive{RUN}"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """The journal of a run that has begun."""
    made = Journal(tmp_path / "journal.jsonl")
    made.begin(Run(RUN, {"first": ACCOUNT}, [HOME, SECOND], 0.0))
    return made


@pytest.fixture
def account() -> FakeAccount:
    """An account in the middle of a run, with things of others."""
    made = FakeAccount()
    made.add("stack", f"{PREFIX}Base", status="CREATE_COMPLETE")
    made.add("stack", "Theirs", status="CREATE_COMPLETE")
    made.add("image", "arn:running", status="DISTRIBUTING", amis=[(SECOND, "ami-untagged")])
    made.add("image", "arn:theirs", status="AVAILABLE", tagged=False)
    made.add("ami", "ami-source", snapshot="snap-source")
    made.add("ami", "ami-untagged", SECOND, snapshot="snap-untagged", tagged=False)
    made.add("ami", "ami-theirs", SECOND, snapshot="snap-theirs", tagged=False)
    made.add("snapshot", "snap-source")
    made.add("snapshot", "snap-untagged", SECOND, tagged=False)
    made.add("snapshot", "snap-theirs", SECOND, tagged=False)
    made.add("volume", "vol-source")
    made.add("log group", f"/aws/lambda/{PREFIX}Base")
    made.add("log group", "/aws/imagebuilder/made")
    made.add("log group", "/aws/lambda/theirs")
    return made


def removed(journal: Journal, account: FakeAccount, say: Callable[[str], None] = print) -> Sequence[Leftover]:
    """Clean up and return what is left."""
    accounts: Any = {"first": account}
    return clean_up(journal, accounts, say)


THEIRS = {"Theirs", "arn:theirs", "ami-theirs", "snap-theirs", "/aws/lambda/theirs"}


def left_in(account: FakeAccount) -> set[str]:
    """Return the ids of what exists."""
    return {id for _, id in account.held}


def test_everything_of_the_run_is_removed_and_nothing_else(account: FakeAccount, journal: Journal) -> None:
    """Found by tag and name, and by what an image and an AMI name: the journal was empty."""
    assert removed(journal, account) == []
    assert left_in(account) == THEIRS
    assert not journal.exists


OPERATIONS = (
    "cancel_image_creation",
    "delete_image",
    "delete_log_group",
    "delete_snapshot",
    "delete_stack",
    "delete_volume",
    "deregister_image",
    "describe_images",
    "describe_log_groups",
    "describe_snapshots",
    "describe_stacks",
    "describe_volumes",
    "get_image",
    "list_images",
)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("times", [1, 2])
def test_call_that_fails_is_repeated(account: FakeAccount, journal: Journal, operation: str, times: int) -> None:
    """A throttled or refused call stops nothing else and is made again in the next round."""
    account.faults[operation] = [error("ThrottlingException") for _ in range(times)]
    assert removed(journal, account) == []
    assert left_in(account) == THEIRS


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if not one.startswith(("describe", "list", "get"))])
def test_what_cannot_be_removed_is_listed_and_stays_in_the_journal(
    account: FakeAccount, journal: Journal, operation: str
) -> None:
    """Each line has kind, id, Region and AWS's reason; everything that does not depend on it is removed."""
    account.faults[operation] = [error("AccessDenied", "No permission.") for _ in range(99)]
    said: list[str] = []
    left = removed(journal, account, said.append)
    assert left
    assert all("No permission." in one.reason or "InUse" in one.reason for one in left)
    assert all(f"  {one}" in said for one in left)
    assert {one.resource for one in left} <= set(journal.left)
    account.faults.clear()
    assert removed(journal, account) == []
    assert left_in(account) == THEIRS


@pytest.mark.parametrize("operation", OPERATIONS)
def test_interrupted_clean_up_is_resumed_by_another_process(
    account: FakeAccount, journal: Journal, operation: str, tmp_path: Path
) -> None:
    """Killed at any call: the journal file has what the next process needs."""
    account.faults[operation] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        removed(journal, account)
    resumed = Journal(tmp_path / "journal.jsonl")
    assert resumed.exists
    assert removed(resumed, account) == []
    assert left_in(account) == THEIRS


@pytest.mark.parametrize("kind", ["AWS::IAM::Role", "Custom::ImageDistribution"])
def test_stack_that_cannot_delete_a_resource_is_deleted_without_it(
    account: FakeAccount, journal: Journal, kind: str
) -> None:
    """What CloudFormation leaves is listed; the image of a custom resource is found by its tag."""
    account.undeletable = {"Failing": kind}
    left = removed(journal, account)
    assert left_in(account) == THEIRS
    assert [one.resource.id for one in left] == (["AWS::IAM::Role Failing-1"] if kind == "AWS::IAM::Role" else [])


def test_stacks_are_deleted_newest_first(account: FakeAccount, journal: Journal) -> None:
    """The functions of custom resources are in the stack that was created first."""
    for name in ("Base", "Later"):
        journal.will_create(Resource("stack", f"{PREFIX}{name}", HOME))
    account.add("stack", f"{PREFIX}Later", status="CREATE_IN_PROGRESS")
    removed(journal, account)
    deleted = [id for operation, id in account.calls if operation == "delete_stack"]
    assert deleted == [f"{PREFIX}Later", f"{PREFIX}Base"]


def test_stack_with_an_operation_in_progress_is_listed(account: FakeAccount, journal: Journal) -> None:
    """An update cannot be interrupted by a deletion."""
    account.held["stack", f"{PREFIX}Base"]["status"] = "UPDATE_IN_PROGRESS"
    (left,) = removed(journal, account)
    assert left.resource.id == f"{PREFIX}Base"
    assert "in progress" in left.reason


def test_resources_of_an_account_without_credentials_are_listed(account: FakeAccount, journal: Journal) -> None:
    """`--clean-up` was started without the second profile."""
    journal.will_create(Resource("ami", "ami-shared", SECOND, "second"))
    (left,) = removed(journal, account)
    assert "--second-profile" in left.reason


def test_journal_without_a_run_removes_nothing(account: FakeAccount, tmp_path: Path) -> None:
    """There was no run, or it has cleaned up."""
    assert removed(Journal(tmp_path / "none"), account) == []
    assert account.calls == []
