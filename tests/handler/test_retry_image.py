"""Retries of a failed distribution: under the same ARN, before the wait fails, and never more than allowed."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import MINUTE, SimulatedAccount

from .requests import HANGING, delete_request, starts
from .steps import ROLLBACK, created, deleted, is_clean, wait, wait_request, waited
from .told_events import told

#: Failures that no known cause explains, that may pass, and that need the user.
UNKNOWN = RegionFailure("us-east-1", "InternalError: try again.")
MANY_COPIES = RegionFailure("us-east-1", "ResourceLimitExceeded: too many copies in progress.")
KMS = RegionFailure("us-east-1", "The KMS key is not accessible.")


def going(account: SimulatedAccount, *failures: RegionFailure | None, **fields: Any) -> str:
    """Start a distribution that fails so, and after each retry so; None is success. Return its image's ARN."""
    account.builder.script.outcomes += [
        Outcome(failures=(failure,) if failure else (), pending=5, distributing=97, **(fields if place else {}))
        for place, failure in enumerate(failures)
    ]
    return created(account)


def retries(account: SimulatedAccount) -> int:
    """Return how many retries Image Builder carried out."""
    return len(account.calls("RetryImage"))


@pytest.mark.parametrize("failure", [UNKNOWN, MANY_COPIES])
@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_failure_that_may_pass_is_retried(account: SimulatedAccount, failure: RegionFailure, kind: str) -> None:
    """The image keeps its ARN, no second distribution starts, and a Region that has its AMI gets no second one."""
    arn = going(account, failure, None)
    before = {"OldResourceProperties": {"ImageArn": "another"}} if kind == "Update" else {}
    waited(account, arn, kind, properties={"Retries": "1"}, **before)
    assert (retries(account), starts(account), account.status_of(arn)) == (1, 1, "AVAILABLE")
    assert len(account.copies) == 3
    assert told(account) == ["Started", "Available"]
    account.settle(120)
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("allowed", [1, 2, 3])
def test_failure_that_stays_is_retried_as_often_as_allowed(account: SimulatedAccount, allowed: int) -> None:
    """The last failure is the reason."""
    last = RegionFailure("us-east-1", "The last failure.")
    arn = going(account, *[UNKNOWN] * allowed, last, None)
    answer = wait(account, arn, properties={"Retries": str(allowed)})
    assert (answer["Status"], retries(account)) == ("FAILED", allowed)
    assert "The last failure." in answer["Reason"]
    assert told(account) == ["Started", "Failed"]
    deleted(account, arn, "ROLLBACK_IN_PROGRESS")
    assert is_clean(account)


@pytest.mark.parametrize("properties", [{}, {"Retries": "0"}])
def test_nothing_is_retried_by_default(account: SimulatedAccount, properties: dict[str, str]) -> None:
    """Without the property, and with 0."""
    arn = going(account, UNKNOWN, None)
    assert wait(account, arn, properties=properties)["Status"] == "FAILED"
    assert account.attempts("RetryImage") == []


def test_failure_that_needs_the_user_is_not_retried(account: SimulatedAccount) -> None:
    """One Region's known cause is enough, whatever the others' is."""
    account.builder.script.outcomes.append(Outcome(failures=(UNKNOWN, KMS)))
    answer = wait(account, created(account), properties={"Retries": "3"})
    assert answer["Status"] == "FAILED"
    assert account.attempts("RetryImage") == []


def test_cancelled_image_is_not_retried(account: SimulatedAccount) -> None:
    """Somebody wanted it to end."""
    account.builder.script.outcomes.append(HANGING)
    arn = created(account)
    request = wait_request(account, arn, properties={"Retries": "3"})
    account.deliver(request)
    account.builder.call("CancelImageCreation", imageBuildVersionArn=arn, clientToken="console")
    account.settle(120)
    assert account.answers_to(request)[0]["Status"] == "FAILED"
    assert account.attempts("RetryImage") == []


@pytest.mark.parametrize("code", ["InvalidRequestException", "AccessDeniedException", "ServiceQuotaExceededException"])
def test_refused_retry_fails_with_the_first_reason(account: SimulatedAccount, code: str) -> None:
    """The refusal is in the log; the user needs to know why the distribution failed."""
    arn = going(account, UNKNOWN)
    account.fail("RetryImage", code, "It cannot be retried.", times=None)
    answer = wait(account, arn, properties={"Retries": "2"})
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("us-east-1 FAILED: InternalError: try again.")
    assert told(account) == ["Started", "Failed"]


@pytest.mark.parametrize(
    "fault",
    [{"code": "ThrottlingException"}, {"code": "InternalException", "status": 500}, {"unreachable": True}],
    ids=["throttled", "5xx", "unreachable"],
)
def test_retry_outlasts_a_minute_of_trouble(account: SimulatedAccount, fault: dict[str, Any]) -> None:
    """The one retry policy holds for it too."""
    arn = going(account, UNKNOWN, None)
    account.fail("RetryImage", times=None, until=account.now + 200, **fault)
    waited(account, arn, properties={"Retries": "1"})
    assert retries(account) == 1


def test_retry_that_iam_refuses_for_a_minute_succeeds_later(account: SimulatedAccount) -> None:
    """IAM may propagate a permission for two minutes after the request."""
    account.builder.script.outcomes += [Outcome(failures=(UNKNOWN,)), Outcome()]
    arn = created(account)
    account.fail("RetryImage", "AccessDeniedException", times=None, until=account.now + 60)
    waited(account, arn, properties={"Retries": "1"})


def test_lost_answer_of_a_retry_starts_no_second_one(account: SimulatedAccount) -> None:
    """The repeated call finds the image running."""
    arn = going(account, UNKNOWN, None)
    account.fail("RetryImage", lost=True)
    waited(account, arn, properties={"Retries": "1"})
    assert retries(account) == 1


def test_lost_answer_is_not_taken_for_a_refusal(account: SimulatedAccount) -> None:
    """The image still shows its failure when the call is repeated, and Image Builder refuses the second call."""
    arn = going(account, UNKNOWN, None, retry_lag=1.5)
    account.fail("RetryImage", lost=True)
    account.fail("RetryImage", "InvalidRequestException", "It cannot be retried, its status is PENDING.", seconds=1)
    waited(account, arn, properties={"Retries": "1"})
    assert (retries(account), account.status_of(arn)) == (1, "AVAILABLE")


@pytest.mark.parametrize("lag", [1, 20, 55])
def test_failure_that_lingers_is_not_taken_for_another_one(account: SimulatedAccount, lag: float) -> None:
    """GetImage may show the failure for a while after RetryImage was accepted."""
    arn = going(account, UNKNOWN, None, retry_lag=lag)
    waited(account, arn, properties={"Retries": "3"})
    assert retries(account) == 1


def test_failure_that_lingers_at_the_end_of_a_part_is_left_to_the_next(account: SimulatedAccount) -> None:
    """The part's time is over while the image still shows its failure, and the next part waits on."""
    arn = going(account, UNKNOWN, None, retry_lag=50)
    first = wait(account, arn, properties={"Retries": "1", "Segments": "2", "Seconds": "120"})
    assert (first["Status"], first["Data"]["Retried"]) == ("SUCCESS", "1")
    account.settle(60)
    waited(account, arn, properties={"Retries": "1", "Retried": "1", "Segment": "2", "Segments": "2"})
    assert retries(account) == 1


def test_parts_of_a_wait_share_their_retries(account: SimulatedAccount) -> None:
    """Each answers how often the image was retried so far, and the next counts on."""
    arn = going(account, UNKNOWN, UNKNOWN, UNKNOWN, None)
    of = {"Segments": "3", "Retries": "2", "Seconds": "120"}
    first = waited(account, arn, properties={**of, "Segment": "1"})
    assert first["Retried"] == "1"
    second = waited(account, arn, properties={**of, "Segment": "2", "Retried": first["Retried"]})
    assert second["Retried"] == "2"
    third = wait(account, arn, properties={**of, "Segment": "3", "Retried": second["Retried"]})
    assert (third["Status"], retries(account)) == ("FAILED", 2)


def test_parts_that_retry_nothing_answer_how_often(account: SimulatedAccount) -> None:
    """The next part's property refers to the attribute. Without `retries=` there is neither."""
    arn = created(account)
    account.settle(10)
    assert waited(account, arn, properties={"Segments": "2", "Retries": "1"})["Retried"] == "0"
    assert "Retried" not in waited(account, arn, properties={"Segments": "2"})
    assert "Retried" not in waited(account, arn, properties={"Segment": "2", "Segments": "2", "Retries": "1"})


def test_time_of_retries_is_part_of_the_timeout(account: SimulatedAccount) -> None:
    """A retry that hangs times out when the wait does."""
    account.builder.script.outcomes += [Outcome(failures=(UNKNOWN,), distributing=100), HANGING]
    began = account.now
    answer = wait(account, created(account), properties={"Retries": "1", "Seconds": "600"})
    assert answer["Reason"].startswith("Still DISTRIBUTING after 10 minutes")
    assert account.now - began < 600 + 2 * MINUTE
    assert told(account) == ["Started", "Timed Out"]


def test_nothing_is_retried_when_the_time_is_up(account: SimulatedAccount) -> None:
    """The failure is the reason, not the timeout."""
    arn = going(account, UNKNOWN, None)
    account.fail("RetryImage", "ThrottlingException", times=None)
    answer = wait(account, arn, properties={"Retries": "1", "Seconds": "300"})
    assert answer["Status"] == "FAILED"
    assert "InternalError: try again." in answer["Reason"]
    account.heal()
    account.settle(300)
    assert retries(account) == 0
    assert account.event_bridge.rules == {}


def test_late_poll_does_not_retry_what_is_rolled_back(account: SimulatedAccount) -> None:
    """CloudFormation has given the wait up; the Delete of the image comes next and nothing runs again."""
    arn = going(account, UNKNOWN, None)
    account.event_bridge.events_lost = True
    account.deliver(wait_request(account, arn, properties={"Retries": "1"}))
    account.stack.set_status("ROLLBACK_IN_PROGRESS")
    account.settle(300)
    assert account.attempts("RetryImage") == []
    deleted(account, arn, "ROLLBACK_IN_PROGRESS")
    assert is_clean(account)


def test_delete_during_a_retry_cancels_it(account: SimulatedAccount) -> None:
    """A stack that is deleted while its image runs again leaves nothing."""
    arn = going(account, UNKNOWN, None)
    account.deliver(wait_request(account, arn, properties={"Retries": "1"}))
    assert account.run_until(lambda: retries(account) == 1)
    request = delete_request(account, arn)
    account.stack.set_status("DELETE_IN_PROGRESS")
    assert account.operate(request)["Status"] == "SUCCESS"
    account.settle(300)
    assert is_clean(account)
    assert told(account) == ["Started", "Cancelled"]


def test_rollback_to_a_failed_image_retries_nothing(account: SimulatedAccount) -> None:
    """A rollback restores what was, whatever its status is."""
    arn = going(account, UNKNOWN, None)
    account.settle(200)
    answer = wait(
        account,
        arn,
        "Update",
        stack_status=ROLLBACK,
        properties={"Retries": "3"},
        OldResourceProperties={"ImageArn": "another"},
    )
    assert answer["Status"] == "SUCCESS"
    assert account.attempts("RetryImage") == []


@pytest.mark.parametrize("fault", [{"code": "AccessDenied"}, {"unreachable": True}], ids=["denied", "unreachable"])
def test_image_is_retried_when_cloudformation_cannot_be_asked(account: SimulatedAccount, fault: dict[str, Any]) -> None:
    """As a start is: in nearly every case the request is wanted."""
    arn = going(account, UNKNOWN, None)
    account.fail("DescribeStackResource", times=None, **fault)
    waited(account, arn, properties={"Retries": "1"})
    assert retries(account) == 1


def test_failure_is_final_for_the_delete_that_follows(account: SimulatedAccount) -> None:
    """The wait gave up; its rule is gone, and a late delivery of the wait retries nothing."""
    arn = going(account, UNKNOWN, UNKNOWN, None)
    request = wait_request(account, arn, properties={"Retries": "1"})
    assert account.operate(request)["Status"] == "FAILED"
    account.stack.set_status("ROLLBACK_IN_PROGRESS")
    account.deliver(request)
    account.settle(120)
    assert retries(account) == 1
    deleted(account, arn, "ROLLBACK_IN_PROGRESS")
    assert is_clean(account)
