"""Create of a wait: told by an event, polled each minute, answered once, and its rule goes."""

from __future__ import annotations

import pytest

from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import ACCOUNT, MINUTE, OTHER_ACCOUNT, WAIT, SimulatedAccount

from .requests import HANGING
from .steps import created, wait, wait_request, waited

PHYSICAL_ID = "Golden-Wait9A9B7B98"


def started(account: SimulatedAccount, outcome: Outcome | None = None) -> str:
    """Start a distribution that goes so and return its image's ARN."""
    account.builder.script.outcomes.append(outcome or Outcome())
    return created(account)


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_wait_is_answered_by_the_event_of_completion(account: SimulatedAccount, kind: str) -> None:
    """From AVAILABLE to the answer no poll is waited for; then the rule is gone."""
    began = account.now
    arn = started(account, Outcome(pending=1, distributing=600, integrating=10))
    answer = wait(account, arn, kind, PhysicalResourceId=PHYSICAL_ID)
    assert answer["Status"] == "SUCCESS"
    assert (answer["Data"], answer["PhysicalResourceId"]) == ({"ImageArn": arn}, PHYSICAL_ID)
    assert account.now - began <= 611 + 1
    account.settle(1)
    assert account.event_bridge.rules == {}
    assert len(set(account.event_bridge.made)) == 1


@pytest.mark.parametrize("lost", ["by Image Builder", "by EventBridge"])
def test_wait_without_events_is_answered_within_a_minute(account: SimulatedAccount, lost: str) -> None:
    """Events are best effort: the rule's schedule polls each minute."""
    account.event_bridge.events_lost = lost == "by EventBridge"
    began = account.now
    sends_events = lost != "by Image Builder"
    arn = started(account, Outcome(pending=1, distributing=600, integrating=10, sends_events=sends_events))
    waited(account, arn)
    assert account.now - began <= 611 + MINUTE + 1
    account.settle()
    assert account.event_bridge.rules == {}


def test_wait_for_an_available_image_needs_no_rule(account: SimulatedAccount) -> None:
    """One GetImage says that it is done."""
    arn = started(account)
    account.settle(10)
    waited(account, arn)
    assert account.event_bridge.made == []
    assert len(account.calls("GetImage")) == 1


def test_wait_misses_no_event_before_its_rule_exists(account: SimulatedAccount) -> None:
    """The distribution ends while the rule is created: the call after that sees it, and no minute is lost."""
    arn = started(account, Outcome(pending=1, distributing=1, integrating=1))
    account.fail("PutRule", seconds=10)
    request = wait_request(account, arn)
    account.deliver(request)
    assert [answer["Status"] for answer in account.answers_to(request)] == ["SUCCESS"]
    assert account.event_bridge.rules == {}


def test_wait_marks_its_image_as_held(account: SimulatedAccount) -> None:
    """CloudFormation has named the image, so nothing sweeps it from now on."""
    arn = started(account, HANGING)
    account.deliver(wait_request(account, arn))
    assert account.builder.store.images[arn].tags["cdk-image-distribution:held"] == "yes"
    assert len(account.calls("TagResource")) == 1


def test_wait_answers_the_amis_that_are_asked_for(account: SimulatedAccount) -> None:
    """Each attribute has the id of the AMI in its Region and account, and no other is answered."""
    arn = started(account)
    asked = {
        "AmiId.us-east-1": {"Region": "us-east-1"},
        f"AmiId.us-east-1.{OTHER_ACCOUNT}": {"Region": "us-east-1", "Account": OTHER_ACCOUNT},
    }
    data = waited(account, arn, properties={"AmiIds": asked})
    made = {(region, owner): ami for region, owner, ami in account.amis.amis}
    assert len(made) == 3
    assert data == {
        "ImageArn": arn,
        "AmiId.us-east-1": made["us-east-1", ACCOUNT],
        f"AmiId.us-east-1.{OTHER_ACCOUNT}": made["us-east-1", OTHER_ACCOUNT],
    }


def test_wait_for_an_ami_that_was_not_made_fails_and_lists_what_was(account: SimulatedAccount) -> None:
    """ami_id() names a Region that the configuration lacks: the reason says what there is."""
    arn = started(account)
    answer = wait(account, arn, properties={"AmiIds": {"AmiId.sa-east-1": {"Region": "sa-east-1"}}})
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("No AMI was made in sa-east-1 in account 123456789012, which ami_id() needs")
    assert "Made: eu-west-1 ami-" in answer["Reason"]
    account.settle(1)
    assert account.event_bridge.rules == {}


def test_wait_for_a_failed_region_names_it_with_the_reason(
    account: SimulatedAccount, caplog: pytest.LogCaptureFixture
) -> None:
    """Region, account, step and message come first; the log has every Region and the AMIs that were copied."""
    failures = (
        RegionFailure("us-east-1", "The AMI could not be copied.", account=OTHER_ACCOUNT, step="DISTRIBUTE_AMI"),
        RegionFailure("us-east-1", "Something else."),
    )
    answer = wait(account, started(account, Outcome(failures=failures)))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(
        f"us-east-1 in account {OTHER_ACCOUNT} FAILED at DISTRIBUTE_AMI: The AMI could not be copied."
    )
    assert "(and 1 more, see the log)" in answer["Reason"]
    assert "us-east-1 FAILED: Something else." in caplog.text
    assert "AMIs that were copied: eu-west-1 ami-" in caplog.text
    account.settle(1)
    assert account.event_bridge.rules == {}


def test_wait_for_a_cancelled_distribution_fails(account: SimulatedAccount) -> None:
    """A user cancelled it in the console."""
    arn = started(account, HANGING)
    request = wait_request(account, arn)
    account.deliver(request)
    account.builder.call("CancelImageCreation", imageBuildVersionArn=arn, clientToken="console")
    account.settle()
    (answer,) = account.answers_to(request)
    assert (answer["Status"], "CANCELLED" in answer["Reason"]) == ("FAILED", True)


def test_wait_for_a_deleted_image_fails_at_once(account: SimulatedAccount) -> None:
    """There is nothing to wait for."""
    arn = started(account)
    account.settle(10)
    account.builder.call("DeleteImage", imageBuildVersionArn=arn)
    began = account.now
    answer = wait(account, arn)
    assert (answer["Status"], account.now) == ("FAILED", began)
    assert answer["Reason"] == f"{arn} was deleted during its distribution. Deploy again."


@pytest.mark.parametrize("status", ["DEPRECATED", "DISABLED", "DELETED"])
def test_wait_for_an_image_that_never_was_available_to_it_fails(account: SimulatedAccount, status: str) -> None:
    """Nothing retires what is being distributed; if a user does, the deployment must not call it available."""
    arn = started(account)
    account.settle()
    account.builder.store.images[arn].status = status
    answer = wait(account, arn)
    assert (answer["Status"], status in answer["Reason"]) == ("FAILED", True)


@pytest.mark.parametrize(("seconds", "duration"), [("1800", "60 minutes"), ("30", "1 minute")])
def test_wait_whose_time_is_up_says_what_to_raise(account: SimulatedAccount, seconds: str, duration: str) -> None:
    """The last part names the minutes of the whole chain, the status and the argument."""
    began = account.now
    arn = started(account, HANGING)
    answer = wait(account, arn, properties={"Segment": "2", "Segments": "2", "Seconds": seconds})
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"Still DISTRIBUTING after {duration}. Raise timeout= of the ImageDistribution")
    assert int(seconds) <= account.now - began <= int(seconds) + MINUTE + 1
    account.settle(1)
    assert account.event_bridge.rules == {}


def test_wait_part_before_the_last_succeeds_when_its_time_is_up(account: SimulatedAccount) -> None:
    """The chain goes on with the next resource."""
    began = account.now
    arn = started(account, HANGING)
    assert waited(account, arn, properties={"Segments": "2", "Seconds": "1800"}) == {"ImageArn": arn}
    assert 1800 <= account.now - began <= 1800 + MINUTE + 1
    account.settle(1)
    assert account.event_bridge.rules == {}


def test_wait_delivered_twice_answers_the_same_and_leaves_no_rule(account: SimulatedAccount) -> None:
    """Lambda delivers at least once: both deliveries share one rule."""
    request = wait_request(account, started(account, Outcome(distributing=100)))
    account.deliver(request)
    account.deliver(request)
    assert len(account.event_bridge.rules) == 1
    account.settle()
    answers = account.answers_to(request)
    assert answers
    assert all(answer == answers[0] for answer in answers)
    assert account.event_bridge.rules == {}


def test_wait_is_not_called_for_another_image(account: SimulatedAccount) -> None:
    """Each rule matches its own image only."""
    account.deliver(wait_request(account, started(account, Outcome(distributing=1000))))
    account.settle(5)
    before = account.invocations
    account.operate(account.request("Create", LogicalResourceId="Other"))
    account.settle(30)
    assert account.invocations - before == 1


def test_wait_logs_each_status_once(account: SimulatedAccount, caplog: pytest.LogCaptureFixture) -> None:
    """The log shows each change and the AMIs so far, and no line for each poll."""
    arn = started(account, Outcome(pending=100, distributing=300, integrating=100))
    waited(account, arn)
    lines = [record.message for record in caplog.records if record.message.startswith(f"{arn} is ")]
    statuses = [line.split(" is ")[1].split(";")[0] for line in lines]
    assert statuses == ["PENDING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE"]
    assert lines[2].partition(";")[2].count("ami-") == 3


# Delete


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_wait_deleted_while_it_waits_is_not_polled_any_more(account: SimulatedAccount, kind: str) -> None:
    """A wait that CloudFormation gave up leaves no rule."""
    arn = started(account, HANGING)
    account.deliver(wait_request(account, arn, kind, PhysicalResourceId=PHYSICAL_ID))
    assert len(account.event_bridge.rules) == 1
    began = account.now
    answer = wait(account, arn, "Delete", PhysicalResourceId=PHYSICAL_ID)
    assert (answer["Status"], answer["PhysicalResourceId"], account.now) == ("SUCCESS", PHYSICAL_ID, began)
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("operation", ["ListRules", "RemoveTargets", "DeleteRule"])
@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "ValidationException"])
def test_wait_deleted_without_eventbridge_succeeds(account: SimulatedAccount, operation: str, code: str) -> None:
    """A Delete that cannot delete the rule of its wait does not keep the stack from being deleted."""
    arn = started(account, HANGING)
    account.deliver(wait_request(account, arn))
    account.fail(operation, code, times=None)
    assert wait(account, arn, "Delete", PhysicalResourceId=PHYSICAL_ID)["Status"] == "SUCCESS"


def test_wait_deleted_keeps_the_rule_of_its_images_delete(account: SimulatedAccount) -> None:
    """Both Deletes may run at the same time; each deletes its own rule."""
    arn = started(account, Outcome(hang="DISTRIBUTING", cancelling=30))
    delete = account.request("Delete", PhysicalResourceId=arn)
    account.deliver(delete)
    wait(account, arn, "Delete", PhysicalResourceId=PHYSICAL_ID)
    assert len(account.event_bridge.rules) == 1
    account.settle()
    assert account.answers_to(delete)[0]["Status"] == "SUCCESS"
    assert account.event_bridge.rules == {}


def test_wait_of_another_stack_keeps_its_rule(account: SimulatedAccount) -> None:
    """The image may be waited for elsewhere; the rule's name begins with its stack's id."""
    arn = started(account, HANGING)
    request = wait_request(account, arn)
    other = {**request, "StackId": request["StackId"].replace("6c1f4f30", "7d2f5f41"), "RequestId": "elsewhere"}
    account.deliver(other)
    wait(account, arn, "Delete", PhysicalResourceId=PHYSICAL_ID)
    assert len(account.event_bridge.rules) == 1
    assert WAIT in next(iter(account.event_bridge.rules.values())).target  # type: ignore[operator]  # it has one
