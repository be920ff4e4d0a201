"""What a round of reading says of failures, rollbacks and updates."""

from __future__ import annotations

from cdk_image_distribution_cli.observer import Observer
from cdk_image_distribution_cli.progress import State
from cdk_image_distribution_cli.stack import DISTRIBUTION, WAIT

from .conftest import FakeClock
from .fake_aws import START, FakeAws, moment
from .observed import copy_in, only
from .rollout import Rollout, image_arn


def test_failed_distribution_has_image_builders_reason_for_the_region_and_its_remedy(
    fake: FakeAws, observer: Observer
) -> None:
    """The other Region is not blamed."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.fail("us-east-1", "The KMS key is not accessible.")
    found = only(observer)
    assert found.state is State.FAILED
    failed = copy_in(found, "us-east-1")
    assert failed.reason == "FAILED: The KMS key is not accessible."
    assert failed.remedy.startswith("Let the execution role")


def test_failure_stays_when_the_rollback_deletes_the_image(fake: FakeAws, observer: Observer) -> None:
    """The reason is what the user wants to read."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.fail("us-east-1", "Denied.")
    before = only(observer)
    rollout.stack.status = "ROLLBACK_COMPLETE"
    fake.images.clear()
    rollout.stack.put("Distribution0A", DISTRIBUTION, "DELETE_COMPLETE", image_arn("Distribution"))
    progress = observer.observe()
    assert progress.distributions == (before,)
    assert progress.has_ended


def test_refused_start_has_the_reason_of_the_resource(fake: FakeAws, observer: Observer) -> None:
    """A failed Create has its client token as physical id, which is no image."""
    rollout = Rollout.begin(fake)
    reason = "Distributing ami-1: ResourceNotFoundException: The AMI does not exist."
    rollout.stack.put("Distribution0A", DISTRIBUTION, "CREATE_FAILED", "0f1e2d3c", reason)
    found = only(observer)
    assert (found.state, found.reason, found.image_arn) == (State.FAILED, reason, "")


def test_sibling_of_a_failure_is_cancelled(fake: FakeAws, observer: Observer) -> None:
    """CloudFormation cancels what it had begun."""
    rollout = Rollout.begin(fake)
    rollout.stack.put("Distribution0A", DISTRIBUTION, "CREATE_FAILED", "", "Resource creation cancelled")
    assert only(observer).state is State.CANCELLED


def test_failed_wait_of_a_running_image_is_a_timeout_when_the_time_is_up(
    fake: FakeAws, observer: Observer, clock: FakeClock
) -> None:
    """The rollback cancels the image only later."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.stack.put("DistributionWait1", WAIT, "CREATE_FAILED", "x", "Still DISTRIBUTING after 55 minutes.")
    rollout.stack.status = "ROLLBACK_IN_PROGRESS"
    fake.images[image_arn("Distribution")]["dateCreated"] = moment(START - 3300).isoformat()
    found = only(observer)
    assert (found.state, found.reason) == (State.TIMED_OUT, "Still DISTRIBUTING after 55 minutes.")


def test_failed_wait_of_a_running_image_before_its_time_is_a_failure(fake: FakeAws, observer: Observer) -> None:
    """For example, no rule could be made."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.stack.put("DistributionWait1", WAIT, "CREATE_FAILED", "x", "events:PutRule is denied.")
    assert only(observer).state is State.FAILED


def test_image_that_is_retried_after_the_deployment_is_followed(fake: FakeAws, observer: Observer) -> None:
    """A stack without rollback keeps the failed wait."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.stack.put("DistributionWait1", WAIT, "CREATE_FAILED", "x", "us-east-1 FAILED")
    rollout.stack.status = "CREATE_FAILED"
    progress = observer.observe()
    assert progress.distributions[0].state is State.DISTRIBUTING
    assert not progress.has_ended


def test_reason_of_an_image_that_was_never_seen_is_in_the_events(fake: FakeAws, observer: Observer) -> None:
    """Only events of the last operation count, and the first failure of a resource is its cause."""
    rollout = Rollout.begin(fake)
    rollout.stack.status = "ROLLBACK_COMPLETE"
    rollout.stack.put("Distribution0A", DISTRIBUTION, "DELETE_COMPLETE", image_arn("Distribution"))

    def event(logical_id: str, at: float, reason: str) -> dict[str, object]:
        return {
            "StackId": rollout.stack.id,
            "EventId": "e",
            "StackName": "Golden",
            "LogicalResourceId": logical_id,
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": reason,
            "Timestamp": moment(at),
        }

    rollout.stack.events = [
        event("DistributionWait1", START + 2, "us-east-1 FAILED"),
        event("Distribution0A", START - 9, "An operation before."),
    ]
    found = only(observer)
    assert (found.state, found.reason) == (State.FAILED, "us-east-1 FAILED")


def test_rollback_of_an_update_keeps_the_image_that_failed(fake: FakeAws, observer: Observer) -> None:
    """CloudFormation names the image before again, which is available."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.fail("us-east-1", "Denied.")
    observer.observe()
    before = image_arn("Distribution", 2)
    fake.images[before] = {"state": {"status": "AVAILABLE"}}
    rollout.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    rollout.stack.put("Distribution0A", DISTRIBUTION, "UPDATE_COMPLETE", before)
    assert only(observer).state is State.FAILED


def test_update_follows_the_new_image(fake: FakeAws, observer: Observer) -> None:
    """The old one is not current: the update has not come to it."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.finish()
    rollout.stack.status, rollout.stack.updated = "UPDATE_IN_PROGRESS", START + 50
    before = observer.observe()
    assert not before.distributions[0].is_current
    assert not before.has_ended
    new = image_arn("Distribution", 2)
    fake.images[new] = {"state": {"status": "PENDING"}}
    rollout.stack.put("Distribution0A", DISTRIBUTION, "UPDATE_COMPLETE", new, at=START + 60)
    assert (only(observer).image_arn, only(observer).state) == (new, State.DISTRIBUTING)
