"""Cancelling, deleting, retrying and listing images."""

import pytest

from local_aws.image_builder import Outcome, RegionFailure, ServiceError
from local_aws_tests.stand_in import StandIn

RUNNING = Outcome(pending=1, distributing=4, integrating=1, cancelling=2)


def test_a_cancellation_takes_its_time(stand_in: StandIn) -> None:
    """It is accepted at once, and CANCELLED comes later, with its event."""
    arn = stand_in.distribute(RUNNING)
    stand_in.on_image("CancelImageCreation", arn)
    assert stand_in.status(arn) == "PENDING"

    stand_in.clock.advance(2)
    assert stand_in.status(arn) == "CANCELLED"
    assert stand_in.events == [(arn, "CANCELLED")]


def test_a_cancelled_distribution_keeps_the_copies_it_made(stand_in: StandIn) -> None:
    """Those that were not made by then are never made."""
    arn = stand_in.distribute(RUNNING)
    stand_in.clock.advance(3)
    stand_in.on_image("CancelImageCreation", arn)
    stand_in.wait()

    assert [ami["region"] for ami in stand_in.image(arn)["outputResources"]["amis"]] == ["eu-west-1"]
    assert len(stand_in.backend.amis) == 1


def test_a_cancellation_can_come_too_late(stand_in: StandIn) -> None:
    """It is accepted, and the image is AVAILABLE all the same."""
    arn = stand_in.distribute(Outcome(cancel_loses=True))
    stand_in.on_image("CancelImageCreation", arn)
    stand_in.wait()

    assert stand_in.status(arn) == "AVAILABLE"


def test_what_has_ended_cannot_be_cancelled(stand_in: StandIn) -> None:
    """Its status is in the message, for a caller to look again."""
    arn = stand_in.finish()
    with pytest.raises(ServiceError, match="cannot be cancelled, its status is AVAILABLE"):
        stand_in.on_image("CancelImageCreation", arn)


def test_deleting_removes_the_record_and_no_ami(stand_in: StandIn) -> None:
    """GetImage does not know it any more."""
    arn = stand_in.finish()
    stand_in.call("DeleteImage", imageBuildVersionArn=arn)

    assert len(stand_in.backend.amis) == 2
    with pytest.raises(ServiceError, match=f"ResourceNotFoundException: The .* 'Image' cannot be found: '{arn}'"):
        stand_in.image(arn)


@pytest.mark.parametrize("outcome", [RUNNING, Outcome(pending=0, distributing=0, integrating=0, shared=True)])
def test_what_runs_or_is_shared_cannot_be_deleted(stand_in: StandIn, outcome: Outcome) -> None:
    """AWS calls both a dependency."""
    arn = stand_in.distribute(outcome)
    with pytest.raises(ServiceError, match="ResourceDependencyException"):
        stand_in.call("DeleteImage", imageBuildVersionArn=arn)

    assert arn in stand_in.builder.store.images


@pytest.mark.parametrize("operation", ["CancelImageCreation", "RetryImage"])
def test_an_unknown_image_is_not_found(stand_in: StandIn, operation: str) -> None:
    """Nothing is made up for it."""
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        stand_in.on_image(operation, stand_in.builder.store.arn("image/none/1.0.0/1"))


def test_a_retry_runs_in_place_and_copies_what_is_missing(stand_in: StandIn) -> None:
    """The ARN stays, the failure is forgotten, and a Region that has its AMI gets no second one."""
    arn = stand_in.finish(Outcome(failures=(RegionFailure("us-east-1", "no"),)))
    stand_in.on_image("RetryImage", arn)
    assert stand_in.image(arn)["state"] == {"status": "PENDING"}

    stand_in.wait()
    assert stand_in.image(arn)["state"] == {"status": "AVAILABLE"}
    assert [region for region, _, _ in stand_in.backend.amis] == ["eu-west-1", "us-east-1"]


def test_only_what_failed_can_be_retried(stand_in: StandIn) -> None:
    """An AVAILABLE image is refused."""
    with pytest.raises(ServiceError, match="cannot be retried, its status is AVAILABLE"):
        stand_in.on_image("RetryImage", stand_in.finish())


def test_images_are_listed(stand_in: StandIn) -> None:
    """By version, and by build with state and tags."""
    arn = stand_in.finish(tags={"Team": "platform"})
    other = stand_in.distribute()
    version = arn.rpartition("/")[0]
    listed = stand_in.call("ListImages")["imageVersionList"]
    (build,) = stand_in.call("ListImageBuildVersions", imageVersionArn=version)["imageSummaryList"]

    assert [image["arn"] for image in listed] == [version, other.rpartition("/")[0]]
    assert (build["arn"], build["state"], build["tags"]) == (arn, {"status": "AVAILABLE"}, {"Team": "platform"})
