"""StartResourceStateUpdate and the lifecycle execution that it starts."""

from typing import Any

import pytest

from local_aws.image_builder import Outcome, RegionFailure, ServiceError
from local_aws_tests.stand_in import AMI, ROLE, StandIn

AMIS = {"amis": True, "snapshots": True}


def delete(stand_in: StandIn, arn: str, **changed: Any) -> str:
    """Start the deletion of an image with its AMIs, and return the id of the execution."""
    parameters = {
        "resourceArn": arn,
        "state": {"status": "DELETED"},
        "executionRole": ROLE,
        "includeResources": AMIS,
        "clientToken": stand_in.token(),
    }
    given = {name: value for name, value in {**parameters, **changed}.items() if value is not None}
    return str(stand_in.call("StartResourceStateUpdate", **given)["lifecycleExecutionId"])


def execution(stand_in: StandIn, identifier: str) -> dict[str, Any]:
    """What GetLifecycleExecution says."""
    answer = stand_in.call("GetLifecycleExecution", lifecycleExecutionId=identifier)
    described: dict[str, Any] = answer["lifecycleExecution"]
    return described


def test_an_execution_goes_on_by_itself(stand_in: StandIn) -> None:
    """PENDING, IN_PROGRESS, SUCCESS, with its times."""
    arn = stand_in.finish(Outcome(lifecycle=2))
    started = stand_in.clock()
    identifier = delete(stand_in, arn)
    seen = []
    for _ in range(3):
        seen.append(execution(stand_in, identifier)["state"]["status"])
        stand_in.clock.advance(2)

    assert seen == ["PENDING", "IN_PROGRESS", "SUCCESS"]
    assert execution(stand_in, identifier)["startTime"] == started
    assert execution(stand_in, identifier)["endTime"] == started + 4


def test_it_takes_the_amis_along(stand_in: StandIn) -> None:
    """The image is DELETED in the end, and its AMIs are gone."""
    arn = stand_in.finish()
    delete(stand_in, arn)
    assert len(stand_in.backend.amis) == 2

    stand_in.wait()
    assert stand_in.status(arn) == "DELETED"
    assert stand_in.backend.amis == {}
    assert stand_in.image(arn)["outputResources"] == {"amis": []}


def test_it_may_remove_the_record_as_well(stand_in: StandIn) -> None:
    """AWS does not say whether it does; a script chooses."""
    arn = stand_in.finish(Outcome(lifecycle_removes_record=True))
    identifier = delete(stand_in, arn)
    stand_in.wait()

    assert execution(stand_in, identifier)["state"] == {"status": "SUCCESS"}
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        stand_in.image(arn)


def test_without_resources_the_amis_stay(stand_in: StandIn) -> None:
    """Only the status changes."""
    arn = stand_in.finish()
    delete(stand_in, arn, executionRole=None, includeResources=None)
    stand_in.wait()

    assert stand_in.status(arn) == "DELETED"
    assert len(stand_in.backend.amis) == 2


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ({"regions": ["us-east-1"]}, ["us-east-1"]),
        ({"tagMap": {"CreatedBy": "EC2 Image Builder"}}, ["eu-west-1", "us-east-1"]),
        ({"tagMap": {"CreatedBy": "me"}}, []),
    ],
)
def test_exclusion_rules_spare_amis(stand_in: StandIn, rules: dict[str, Any], left: list[str]) -> None:
    """By Region and by tag."""
    arn = stand_in.finish()
    delete(stand_in, arn, exclusionRules={"amis": rules})
    stand_in.wait()

    assert [region for region, _, _ in stand_in.backend.amis] == left
    assert [ami["region"] for ami in stand_in.image(arn)["outputResources"]["amis"]] == left


def test_a_listed_source_goes_too_unless_it_is_spared(stand_in: StandIn) -> None:
    """Whoever deletes an image that lists its source has to take care of it: here it would be lost."""
    removed: list[str] = []
    stand_in.backend.deregister_ami = (  # type: ignore[method-assign]
        lambda region, account, ami, snapshots: removed.append(ami)
    )
    delete(stand_in, stand_in.finish(Outcome(lists_source="first")))
    stand_in.wait()

    assert AMI in removed


def test_an_execution_can_fail_with_a_reason(stand_in: StandIn) -> None:
    """Image and AMIs stay as they are, and a second execution succeeds."""
    arn = stand_in.finish(Outcome(lifecycle_failures=("AMI is in use",)))
    first = delete(stand_in, arn)
    stand_in.wait()
    assert execution(stand_in, first)["state"] == {"status": "FAILED", "reason": "AMI is in use"}
    assert stand_in.status(arn) == "AVAILABLE"
    assert len(stand_in.backend.amis) == 2

    second = delete(stand_in, arn)
    stand_in.wait()
    assert execution(stand_in, second)["state"] == {"status": "SUCCESS"}
    assert stand_in.backend.amis == {}


@pytest.mark.parametrize("missing", ["executionRole", "includeResources"])
def test_role_and_resources_come_together(stand_in: StandIn, missing: str) -> None:
    """One without the other is refused."""
    with pytest.raises(ServiceError, match="together or not at all"):
        delete(stand_in, stand_in.finish(), **{missing: None})


def test_the_role_has_to_be_passed(stand_in: StandIn) -> None:
    """The caller needs iam:PassRole for it."""
    arn = stand_in.finish()
    stand_in.backend.denied["iam:PassRole"] = "not authorized"
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        delete(stand_in, arn)


@pytest.mark.parametrize("outcome", [Outcome(), Outcome(failures=(RegionFailure("us-east-1", "no"),))])
def test_what_has_ended_can_be_deleted(stand_in: StandIn, outcome: Outcome) -> None:
    """Whether it was a success or not."""
    arn = stand_in.finish(outcome)
    delete(stand_in, arn)
    stand_in.wait()

    assert stand_in.status(arn) == "DELETED"


def test_what_runs_cannot_be_deleted(stand_in: StandIn) -> None:
    """Its status is in the message."""
    with pytest.raises(ServiceError, match="cannot change to DELETED, its status is PENDING"):
        delete(stand_in, stand_in.distribute())


def test_two_executions_do_not_run_at_once(stand_in: StandIn) -> None:
    """The second is refused while the first is running."""
    arn = stand_in.finish()
    delete(stand_in, arn)
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        delete(stand_in, arn)


def test_an_unknown_execution_is_not_found(stand_in: StandIn) -> None:
    """Nothing is made up for it."""
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        execution(stand_in, "lce-00000000-0000-0000-0000-000000000000")
