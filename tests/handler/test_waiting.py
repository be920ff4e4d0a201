"""Waiting: told at once, asked each minute, answered once, and the rule is gone."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_image_distribution_handler import image
from cdk_image_distribution_handler.clients import image_builder as image_builder_client
from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import DISTRIBUTION, OTHER_ACCOUNT, START, WAIT, SimulatedAccount

MINUTE = 60.0


def started(account: SimulatedAccount, outcome: Outcome | None = None) -> str:
    """Start a distribution that goes as scripted and return its image's ARN."""
    if outcome is not None:
        account.builder.script.outcomes.append(outcome)
    answer = account.operate(account.request("Create"))
    assert answer["Status"] == "SUCCESS"
    return str(answer["PhysicalResourceId"])


def wait_for(
    account: SimulatedAccount, image_arn: str, request_type: str = "Create", **properties: Any
) -> dict[str, Any]:
    """Return the event of a wait for an image; an hour in one part unless told otherwise."""
    one_hour = {"ImageArn": image_arn, "Segment": "1", "Segments": "1", "Seconds": "3480"}
    return account.request(request_type, WAIT, ResourceProperties=one_hour | properties)


def test_every_status_of_the_api_is_judged() -> None:
    """A status that a new model brings must be judged by us, or a wait for it would last until its deadline."""
    model = image_builder_client().meta.service_model.shape_for("ImageStatus")
    assert set(model.enum) == image.RUNNING | image.READY | image.LOST  # type: ignore[attr-defined]  # a StringShape
    assert not image.RUNNING & image.READY | image.READY & image.LOST | image.LOST & image.RUNNING
    assert image.RETIRED < image.LOST


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_completion_is_told_by_the_event(account: SimulatedAccount, request_type: str) -> None:
    """From AVAILABLE to the answer no poll is waited for; rule and target are gone then."""
    arn = started(account, Outcome(pending=1, distributing=600, integrating=10))
    wait = wait_for(account, arn, request_type, PhysicalResourceId="Golden-Wait9A9B7B98")
    answer = account.operate(wait)
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {"ImageArn": arn}
    assert answer["PhysicalResourceId"] == "Golden-Wait9A9B7B98"
    assert account.now - START <= 611 + 1
    assert account.event_bridge.rules == {}
    assert len(account.event_bridge.made) == 1


def test_without_events_the_schedule_tells_within_a_minute(account: SimulatedAccount) -> None:
    """Events are best effort: the rule's schedule is asked each minute."""
    arn = started(account, Outcome(pending=1, distributing=600, integrating=10, sends_events=False))
    account.operate(wait_for(account, arn))
    assert account.now - START <= 611 + MINUTE + 1
    account.settle()
    assert account.event_bridge.rules == {}


def test_a_settled_image_is_answered_without_a_rule(account: SimulatedAccount) -> None:
    """A wait for what is done already costs one look."""
    arn = started(account)
    account.settle(10)
    account.operate(wait_for(account, arn))
    assert account.event_bridge.made == []


def test_an_event_before_the_rule_exists_is_not_missed(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The distribution ends between the first look and the rule: the second look sees it, and no minute is lost."""
    arn = started(account, Outcome(pending=1, distributing=1, integrating=1))
    put = account.event_bridge._put_rule

    def slow(**parameters: Any) -> Any:
        account.now += 10
        account.builder.advance()
        return put(**parameters)

    monkeypatch.setattr(account.event_bridge, "_put_rule", slow)
    wait = wait_for(account, arn)
    account.deliver(wait)
    assert [answer["Status"] for answer in account.answers_to(wait)] == ["SUCCESS"]
    assert account.event_bridge.rules == {}


def test_only_the_amis_asked_for_are_answered(account: SimulatedAccount) -> None:
    """Each attribute asked for has the id of the AMI in its Region and account."""
    arn = started(account)
    asked = {
        "AmiId.us-east-1": {"Region": "us-east-1"},
        f"AmiId.us-east-1.{OTHER_ACCOUNT}": {"Region": "us-east-1", "Account": OTHER_ACCOUNT},
    }
    answer = account.operate(wait_for(account, arn, AmiIds=asked))
    made = {(copy["region"], copy["accountId"]): copy["image"] for copy in account.builder.store.images[arn].copies}
    assert len(made) == 3
    assert answer["Data"] == {
        "ImageArn": arn,
        "AmiId.us-east-1": made["us-east-1", "123456789012"],
        f"AmiId.us-east-1.{OTHER_ACCOUNT}": made["us-east-1", OTHER_ACCOUNT],
    }


def test_an_ami_that_was_not_made_fails_and_lists_what_was(account: SimulatedAccount) -> None:
    """ami_id() of a Region that is not in the configuration: the user reads what there is."""
    arn = started(account)
    answer = account.operate(wait_for(account, arn, AmiIds={"AmiId.sa-east-1": {"Region": "sa-east-1"}}))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("No AMI was made for sa-east-1 in account 123456789012, which ami_id() asks for")
    assert "Made: eu-west-1 ami-" in answer["Reason"]
    assert account.event_bridge.rules == {}


def test_a_failed_region_is_named_with_its_reason(account: SimulatedAccount, caplog: pytest.LogCaptureFixture) -> None:
    """Region, account, step and message come first; every Region is in the log, and the AMIs that stay."""
    failures = (
        RegionFailure("us-east-1", "The AMI could not be copied.", account=OTHER_ACCOUNT, step="DISTRIBUTE_AMI"),
        RegionFailure("us-east-1", "Something else."),
    )
    arn = started(account, Outcome(failures=failures))
    answer = account.operate(wait_for(account, arn))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(
        f"us-east-1 in account {OTHER_ACCOUNT} FAILED at DISTRIBUTE_AMI: The AMI could not be copied."
    )
    assert "(and 1 more, see the log)" in answer["Reason"]
    assert "us-east-1 FAILED: Something else." in caplog.text
    assert "AMIs that were copied, and stay: eu-west-1 ami-" in caplog.text
    assert account.event_bridge.rules == {}


def test_a_cancelled_distribution_fails_the_wait(account: SimulatedAccount) -> None:
    """Somebody cancelled it in the console: the deployment says so."""
    arn = started(account, Outcome(hang="DISTRIBUTING"))
    wait = wait_for(account, arn)
    account.deliver(wait)
    account.builder.call("CancelImageCreation", imageBuildVersionArn=arn, clientToken="console")
    account.settle()
    (answer,) = account.answers_to(wait)
    assert answer["Status"] == "FAILED"
    assert "CANCELLED" in answer["Reason"]


def test_a_deleted_image_fails_the_wait_at_once(account: SimulatedAccount) -> None:
    """There is nothing to wait for: not an hour is lost."""
    arn = started(account)
    account.settle(10)
    account.builder.call("DeleteImage", imageBuildVersionArn=arn)
    answer = account.operate(wait_for(account, arn), within=1)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"{arn} is gone")


def test_the_last_part_says_how_long_in_which_state_and_what_to_raise(account: SimulatedAccount) -> None:
    """A time-out names the minutes of the whole chain, the state and the argument."""
    arn = started(account, Outcome(hang="DISTRIBUTING"))
    answer = account.operate(wait_for(account, arn, Segment="2", Segments="2", Seconds="1800"))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Still DISTRIBUTING after 60 minutes. Raise timeout= of the ImageDistribution")
    assert 1800 <= account.now - START <= 1800 + MINUTE + 1
    assert account.event_bridge.rules == {}


def test_a_part_that_is_not_the_last_succeeds_when_its_time_is_up(account: SimulatedAccount) -> None:
    """The chain goes on with the next resource."""
    arn = started(account, Outcome(hang="DISTRIBUTING"))
    answer = account.operate(wait_for(account, arn, Segments="2", Seconds="1800"))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {"ImageArn": arn}
    assert 1800 <= account.now - START <= 1800 + MINUTE + 1
    assert account.event_bridge.rules == {}


def test_two_deliveries_at_once_give_one_answer_and_leave_no_rule(account: SimulatedAccount) -> None:
    """CloudFormation's invocation is asynchronous: at least once. Both deliveries say the same."""
    arn = started(account, Outcome(distributing=100))
    wait = wait_for(account, arn)
    account.deliver(wait)
    account.deliver(wait)
    assert len(account.event_bridge.rules) == 1
    account.settle()
    answers = account.answers_to(wait)
    assert answers
    assert all(answer == answers[0] for answer in answers)
    assert account.event_bridge.rules == {}


def test_an_event_for_another_image_calls_nobody(account: SimulatedAccount) -> None:
    """Each rule matches its own image only."""
    slow = started(account, Outcome(distributing=1000))
    account.deliver(wait_for(account, slow))
    quick = account.request("Create", LogicalResourceId="Other")
    before = account.invocations
    account.deliver(quick)
    account.settle(30)
    # The slow one's change to DISTRIBUTING and the delivery of the quick one's Create; no change of the quick one.
    assert account.invocations - before == 2


def test_the_deletion_of_a_wait_removes_what_is_left_of_its_rules(account: SimulatedAccount) -> None:
    """Whoever cut the wait off, its rule goes with it; it never fails."""
    arn = started(account, Outcome(hang="DISTRIBUTING"))
    wait = wait_for(account, arn)
    account.deliver(wait)
    assert len(account.event_bridge.rules) == 1
    delete = {**wait, "RequestType": "Delete", "RequestId": "delete", "PhysicalResourceId": "Golden-Wait9A9B7B98"}
    assert account.operate(delete, within=1)["Status"] == "SUCCESS"
    assert account.event_bridge.rules == {}
    for operation in ("ListRules", "RemoveTargets"):
        account.fail(operation, unreachable=True, times=None)
    assert account.operate({**delete, "RequestId": "again"}, within=1)["Status"] == "SUCCESS"


def test_the_deletion_of_a_wait_leaves_the_rule_of_its_images_deletion(account: SimulatedAccount) -> None:
    """Both may run at the same time; each takes away its own."""
    arn = started(account, Outcome(hang="DISTRIBUTING", cancelling=30))
    delete = account.request("Delete", DISTRIBUTION, PhysicalResourceId=arn)
    account.deliver(delete)
    account.operate(wait_for(account, arn, "Delete", PhysicalResourceId="Golden-Wait9A9B7B98"), within=1)
    assert len(account.event_bridge.rules) == 1
    account.settle()
    assert account.answers_to(delete)[0]["Status"] == "SUCCESS"
    assert account.event_bridge.rules == {}


def test_a_state_change_is_one_line_in_the_log(account: SimulatedAccount, caplog: pytest.LogCaptureFixture) -> None:
    """The curious see each status once, and which AMIs are there; not a line for each poll."""
    arn = started(account, Outcome(pending=100, distributing=300, integrating=100))
    account.operate(wait_for(account, arn))
    lines = [record.message for record in caplog.records if record.message.startswith(f"{arn} is ")]
    assert [line.split(" is ")[1].split(";")[0] for line in lines] == [
        "PENDING",
        "DISTRIBUTING",
        "INTEGRATING",
        "AVAILABLE",
    ]
    assert lines[2].partition(";")[2].count("ami-") == 3


def test_the_longest_names_and_tags_fit_the_rule(account: SimulatedAccount) -> None:
    """A logical id of 200 characters, 50 tags at their longest, a long ResponseURL: none is in the rule's way."""
    arn = started(account, Outcome(distributing=100))
    wait = wait_for(
        account, arn, AmiIds={f"AmiId.{i}": {"Region": "us-east-1", "Account": f"{i:012}"} for i in range(43)}
    )
    wait["LogicalResourceId"] = "L" * 200
    wait["ResponseURL"] = "https://cloudformation.example.com/?" + "x" * 2048
    account.deliver(wait)
    assert len(account.event_bridge.rules) == 1
    delete = account.request("Delete", PhysicalResourceId=arn, LogicalResourceId="L" * 200)
    delete["ResourceProperties"]["Tags"] = {f"{i:0>128}": "v" * 256 for i in range(50)}
    delete["ResponseURL"] = wait["ResponseURL"]
    assert account.operate(delete)["Status"] == "SUCCESS"
    assert 0 < account.event_bridge.largest_input <= 8192
