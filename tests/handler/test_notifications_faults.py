"""What is never told, and what an event never does to a request."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from cdk_image_distribution._image_events import PROGRESS
from cdk_image_distribution_handler import notification
from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import CONFIGURATION_ARN, SimulatedAccount

from .requests import FAILING, HANGING
from .steps import created, deleted, updated
from .told_events import KMS, last, told, waiting


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("ServiceException", 500)])
def test_start_that_succeeds_after_retries_tells_no_refusal(account: SimulatedAccount, code: str, status: int) -> None:
    """Retries are no end."""
    account.fail("DistributeImage", code, status=status, times=4)
    created(account)
    assert told(account) == ["Started"]


@pytest.mark.parametrize(
    "fault",
    [
        {"code": "AccessDeniedException"},
        {"code": "ThrottlingException"},
        {"code": "InternalFailure", "status": 500},
        {"unreachable": True},
        {"lost": True},
    ],
    ids=lambda fault: next(iter(fault.values())),
)
def test_event_that_cannot_be_put_fails_no_request(account: SimulatedAccount, fault: dict[str, Any]) -> None:
    """One attempt for each event, and the same answers as otherwise."""
    account.fail("PutEvents", times=None, **fault)
    account.builder.script.outcomes += [Outcome(), FAILING, HANGING]
    first = created(account)
    waiting(account, first)
    second = updated(account, first, {"Revision": "2"}, {})
    assert waiting(account, second, "Update")["Status"] == "FAILED"
    third = updated(account, second, {"Revision": "3"}, {"Revision": "2"})
    deleted(account, third)
    assert len(account.attempts("PutEvents")) == 6


def test_entry_that_eventbridge_does_not_take_fails_no_request(account: SimulatedAccount) -> None:
    """A partial failure is an answer with status 200."""
    account.fail("PutEvents", "InternalFailure", partial=True, times=None)
    waiting(account, created(account))
    assert told(account) == []


def test_slow_event_delays_a_request_by_no_more_than_its_three_seconds(account: SimulatedAccount) -> None:
    """The client gives up so early; here the call takes as long and is then lost."""
    account.fail("PutEvents", unreachable=True, seconds=3, times=None)
    began = account.now
    created(account)
    assert account.now - began < 4


def test_answer_that_is_repeated_repeats_the_event(account: SimulatedAccount) -> None:
    """Consumers must tolerate duplicates: a poll that answers again cannot know what was told."""
    account.builder.script.outcomes.append(Outcome(failures=(KMS,)))
    arn = created(account)
    account.fail("PutAnswer", status=503, times=7)
    assert waiting(account, arn)["Status"] == "FAILED"
    assert told(account)[:2] == ["Started", "Failed"]
    assert set(told(account)) == {"Started", "Failed"}


def test_event_of_the_largest_distribution_is_taken(account: SimulatedAccount) -> None:
    """30 Regions in 100 accounts, all failed: the event names as many as EventBridge takes."""
    regions = boto3.Session().get_available_regions("ec2")[:30]
    accounts = [f"{number:012}" for number in range(100)]
    account.builder.call(
        "UpdateDistributionConfiguration",
        distributionConfigurationArn=CONFIGURATION_ARN,
        distributions=[
            {"region": region, "amiDistributionConfiguration": {"targetAccountIds": accounts}} for region in regions
        ],
        clientToken="larger",
    )
    failures = tuple(
        RegionFailure(region, "x" * 1000, account=account, step="INTEGRATE")
        for region in regions
        for account in accounts
    )
    account.builder.script.outcomes.append(Outcome(failures=failures))
    waiting(account, created(account))
    assert told(account) == ["Started", "Failed"]
    assert (len(last(account)["Detail"]["amis"]), len(last(account)["Detail"]["failures"])) == (1000, 100)


def test_detail_types_are_those_that_the_constructs_rules_match() -> None:
    """The two programs share no code."""
    kinds = {value for name, value in vars(notification).items() if name.isupper() and str(value).startswith("Image")}
    assert kinds == set(PROGRESS.detail_types)
