"""One round of reading a stack's distributions."""

from __future__ import annotations

import pytest

from cdk_image_distribution_cli.errors import Unread
from cdk_image_distribution_cli.observer import Observer
from cdk_image_distribution_cli.progress import CopyState, State
from cdk_image_distribution_cli.stack import DISTRIBUTION

from .conftest import FakeClock
from .fake_aws import FakeAws, Refused
from .observed import only
from .rollout import Rollout


def test_stack_that_does_not_exist_has_not_begun(observer: Observer) -> None:
    """`cdk deploy` synthesises first."""
    progress = observer.observe()
    assert not progress.has_begun
    assert not progress.has_ended


def test_stack_in_review_has_not_begun(fake: FakeAws, observer: Observer) -> None:
    """A change set makes a stack without resources, whose template cannot be read."""
    Rollout.begin(fake).stack.status = "REVIEW_IN_PROGRESS"
    fake.refused["GetTemplate"] = Refused("ValidationError", "Stack is in REVIEW_IN_PROGRESS")
    progress = observer.observe()
    assert not progress.has_begun
    assert progress.notes == ()


def test_stack_of_a_change_set_that_was_refused_has_not_begun(fake: FakeAws, observer: Observer) -> None:
    """The stack is deleted with its change set; the next deployment makes another one of that name."""
    Rollout.begin(fake).stack.status = "REVIEW_IN_PROGRESS"
    assert observer.observe().stack_status == "REVIEW_IN_PROGRESS"
    fake.stacks.clear()
    assert not observer.observe().has_begun
    Rollout.begin(fake)
    assert only(observer).state is State.NOT_STARTED


def test_distribution_before_its_turn_is_not_started(fake: FakeAws, observer: Observer) -> None:
    """The template has it before CloudFormation begins with its resource."""
    Rollout.begin(fake, parts=3)
    found = only(observer)
    assert (found.name, found.state, found.timeout) == ("Distribution", State.NOT_STARTED, 3 * 3300)


def test_distribution_that_cloudformation_creates_is_starting(fake: FakeAws, observer: Observer) -> None:
    """The function has not answered yet."""
    Rollout.begin(fake).stack.put("Distribution0A", DISTRIBUTION, "CREATE_IN_PROGRESS")
    assert only(observer).state is State.STARTING


def test_available_distribution_has_all_amis_and_ends(fake: FakeAws, observer: Observer, clock: FakeClock) -> None:
    """How long it took is that of the round which found it."""
    rollout = Rollout.begin(fake)
    rollout.start()
    observer.observe()
    rollout.finish()
    clock.time += 600
    progress = observer.observe()
    (found,) = progress.distributions
    assert (found.state, found.elapsed) == (State.AVAILABLE, 600)
    assert {copy.state for copy in found.copies} == {CopyState.AVAILABLE}
    assert progress.has_ended


def test_ended_distribution_is_not_read_again(fake: FakeAws, observer: Observer) -> None:
    """Only CloudFormation is asked."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.finish()
    observer.observe()
    fake.calls.clear()
    observer.observe()
    assert set(fake.operations) == {"DescribeStacks", "ListStackResources"}


def test_throttled_read_keeps_what_was_known(fake: FakeAws, observer: Observer) -> None:
    """The round says what it did not read."""
    rollout = Rollout.begin(fake)
    rollout.start()
    observer.observe()
    fake.refused["GetImage"] = Refused("TooManyRequestsException", "Slow down.")
    progress = observer.observe()
    assert progress.distributions[0].state is State.DISTRIBUTING
    assert "TooManyRequestsException" in progress.notes[0]


def test_image_that_may_not_be_read_is_unknown(fake: FakeAws, observer: Observer) -> None:
    """It ends when the stack does."""
    rollout = Rollout.begin(fake)
    rollout.start()
    fake.refused["GetImage"] = Refused("AccessDeniedException", "not authorized to perform: imagebuilder:GetImage on x")
    progress = observer.observe()
    assert progress.distributions[0].state is State.UNKNOWN
    assert "imagebuilder:GetImage is denied" in progress.distributions[0].reason
    assert not progress.has_ended
    rollout.stack.status = "CREATE_COMPLETE"
    assert observer.observe().has_ended


def test_cloudformation_that_does_not_answer_is_an_error_at_first_only(fake: FakeAws, observer: Observer) -> None:
    """Later a few rounds may fail."""
    fake.refused["DescribeStacks"] = Refused("AccessDenied", "not authorized to perform: cloudformation:DescribeStacks")
    with pytest.raises(Unread, match="cloudformation:DescribeStacks is denied"):
        observer.observe()
    fake.refused.clear()
    Rollout.begin(fake).start()
    observer.observe()
    fake.refused["DescribeStacks"] = Refused("Throttling", "Rate exceeded")
    assert observer.observe().notes
    with pytest.raises(Unread):
        for _ in range(9):
            observer.observe()


def test_deleted_stack_ends(fake: FakeAws, observer: Observer) -> None:
    """Its distributions are deleted with it."""
    rollout = Rollout.begin(fake)
    rollout.start()
    observer.observe()
    fake.stacks.clear()
    fake.images.clear()
    progress = observer.observe()
    assert progress.stack_status == "DELETE_COMPLETE"
    assert progress.distributions[0].state is State.DELETED
    assert progress.has_ended


def test_distribution_of_a_nested_stack_is_shown(fake: FakeAws, observer: Observer) -> None:
    """The nested stack's own id is that of its distributions."""
    rollout = Rollout.begin(fake)
    rollout.start()
    nested = rollout.stack
    nested.name = "Inner"
    outer = type(nested)("Golden", "CREATE_IN_PROGRESS", {"Resources": {}})
    outer.put("Nested", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", nested.id)
    fake.stacks.append(outer)
    found = only(observer)
    assert (found.stack_id, found.state) == (nested.id, State.DISTRIBUTING)
