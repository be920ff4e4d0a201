"""Optional members: Image Builder may leave out of any answer what its API model does not require."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_image_distribution_handler.index import Handler
from local_aws.image_builder import Outcome
from simulated_aws import (
    CONFIGURATION_ARN,
    OTHER_ACCOUNT,
    ROLE_ARN,
    SOURCE_AMI,
    SimulatedAccount,
    optional_members,
)

from .requests import CLEAN_UP, FAILING, HANGING, INVENTED
from .steps import created, delete, deleted, is_clean, update, wait

AMI_IDS = {
    "AmiIds": {
        "AmiId.eu-west-1": {"Region": "eu-west-1"},
        f"AmiId.us-east-1.{OTHER_ACCOUNT}": {"Region": "us-east-1", "Account": OTHER_ACCOUNT},
    }
}
DELETE_AMIS = {"AutoDeleteAmis": "true", "LifecycleRole": "arn:aws:iam::123456789012:role/Lifecycle"}
# Without them Image Builder does not say what the handler asks it for.
ARN = {"imageBuildVersionArn"}
STATUS = {"image", "image.state", "image.state.status"}
AMIS = {
    "image.outputResources",
    "image.outputResources.amis",
    "image.outputResources.amis.region",
    "image.outputResources.amis.image",
}
# Without it an account's own AMIs and those of other accounts cannot be told apart.
ACCOUNTS = {"image.outputResources.amis.accountId"}


def _answers() -> list[tuple[str, Any]]:
    """Return an answer of each operation that the handler calls, of images and executions in several states."""
    with SimulatedAccount(Handler) as account:
        call = account.builder.call
        answers = []

        def ask(operation: str, **parameters: Any) -> Any:
            answers.append((operation, call(operation, **parameters)))
            return answers[-1][1]

        tags = {"Team": "a"}
        for number, outcome in enumerate((Outcome(lifecycle_failures=("In use.",)), FAILING, HANGING)):
            account.builder.script.outcomes.append(outcome)
            started = ask(
                "DistributeImage",
                sourceImage=SOURCE_AMI,
                distributionConfigurationArn=CONFIGURATION_ARN,
                executionRole=ROLE_ARN,
                clientToken=str(number),
                tags=tags,
            )
            arn = started["imageBuildVersionArn"]
            ask("GetImage", imageBuildVersionArn=arn)
            account.settle(10)
            ask("GetImage", imageBuildVersionArn=arn)
            ask("TagResource", resourceArn=arn, tags=tags)
            ask("UntagResource", resourceArn=arn, tagKeys=["Team"])
            if outcome is HANGING:
                ask("CancelImageCreation", imageBuildVersionArn=arn, clientToken="cancel")
                account.settle(10)
            parameters = {
                "resourceArn": arn,
                "state": {"status": "DELETED"},
                "executionRole": ROLE_ARN,
                "includeResources": {"amis": True, "snapshots": True},
            }
            execution = ask("StartResourceStateUpdate", clientToken=f"delete {number}", **parameters)
            ask("GetImage", imageBuildVersionArn=arn)
            account.settle(10)
            ask("GetLifecycleExecution", lifecycleExecutionId=execution["lifecycleExecutionId"])
            ask("DeleteImage", imageBuildVersionArn=arn)
    return answers


OPTIONAL = sorted({path for operation, answer in _answers() for path in optional_members(operation, answer)})


def test_optional_members_are_found_in_every_answer() -> None:
    """The tests below have what they test."""
    expected = {"image.dateCreated", "image.tags", "image.state.reason", "lifecycleExecution.state.reason", "requestId"}
    expected |= {"image.state.failureContext.distributionFailure.regionFailures.errorMessage"}
    assert expected | ARN | STATUS | AMIS | ACCOUNTS <= set(OPTIONAL)


@pytest.mark.parametrize("omitted", sorted(set(OPTIONAL) - ARN - STATUS))
def test_whole_life_without_an_optional_member_leaves_nothing(account: SimulatedAccount, omitted: str) -> None:
    """Create, wait, Update, wait, clean-up and Delete with the AMIs: each succeeds, and nothing is left.

    Only a wait for AMI ids that are not listed fails, and says so.
    """
    account.omitted.add(omitted)
    before, wanted = {**DELETE_AMIS, "Revision": "1"}, {**DELETE_AMIS, "Revision": "2"}
    old = created(account, **before)
    results = [wait(account, old, properties=AMI_IDS)]
    answer = update(account, old, wanted, before)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    new = answer["PhysicalResourceId"]
    assert new != old
    results.append(wait(account, new, "Update", PhysicalResourceId="Golden-Wait9A9B7B98", properties=AMI_IDS))
    for result in results:
        if omitted in AMIS | ACCOUNTS:
            assert result["Reason"].startswith("No AMI was made in ")
        else:
            assert result["Status"] == "SUCCESS", result["Reason"]
            assert set(result["Data"]) == {"ImageArn", *AMI_IDS["AmiIds"]}
    deleted(account, old, CLEAN_UP, **before)
    assert account.images == [new]
    deleted(account, new, **wanted)
    account.settle()
    assert is_clean(account)
    # An AMI of the home Region that is not listed may be the source.
    assert all(region == "eu-west-1" and omitted in AMIS for region, _, _ in account.amis.amis)


@pytest.mark.parametrize("omitted", sorted(set(OPTIONAL) - ARN - STATUS))
@pytest.mark.parametrize("source", [SOURCE_AMI, "ssm:/golden/ami"])
def test_source_ami_survives_without_an_optional_member(account: SimulatedAccount, omitted: str, source: str) -> None:
    """Image Builder lists the source as the home Region's AMI, or does not list what it deletes."""
    account.amis.parameters["/golden/ami"] = SOURCE_AMI
    account.amis.home_is_source = True
    arn = created(account, **DELETE_AMIS, SourceImage=source)
    account.settle(10)
    account.omitted.add(omitted)
    deleted(account, arn, **DELETE_AMIS, SourceImage=source)
    assert account.amis.deregistered.count(SOURCE_AMI) == 0
    account.settle()
    assert is_clean(account)


@pytest.mark.parametrize("omitted", sorted(set(OPTIONAL) - ARN - STATUS))
@pytest.mark.parametrize("outcome", [FAILING, HANGING])
def test_failed_create_without_an_optional_member_leaves_nothing(
    account: SimulatedAccount, omitted: str, outcome: Outcome
) -> None:
    """The wait fails with what is known, and the Delete that follows removes the image."""
    account.omitted.add(omitted)
    account.builder.script.outcomes.append(outcome)
    arn = created(account)
    answer = wait(account, arn, properties={"Seconds": "60"})
    assert answer["Status"] == "FAILED"
    assert answer["Reason"]
    deleted(account, arn, "ROLLBACK_IN_PROGRESS")
    account.settle()
    assert is_clean(account)


@pytest.mark.parametrize("omitted", sorted(set(OPTIONAL) - ARN - STATUS - {"image.tags", "image.dateCreated"}))
@pytest.mark.parametrize("outcome", [Outcome(), HANGING])
def test_create_cut_off_without_an_optional_member_leaves_nothing(
    account: SimulatedAccount, omitted: str, outcome: Outcome
) -> None:
    """The Delete that follows finds the image by its tags."""
    account.omitted.add(omitted)
    account.builder.script.outcomes.append(outcome)
    account.on_answer = lambda answer: None
    created(account)
    account.settle(10)
    deleted(account, INVENTED, "ROLLBACK_IN_PROGRESS")
    account.settle()
    assert is_clean(account)


def test_image_of_unknown_age_is_left_and_logged(account: SimulatedAccount, caplog: pytest.LogCaptureFixture) -> None:
    """Only an image that is known to be younger than a day is taken for one that CloudFormation never named."""
    account.omitted.add("image.dateCreated")
    account.on_answer = lambda answer: None
    arn = created(account)
    deleted(account, INVENTED, "ROLLBACK_IN_PROGRESS")
    assert account.images == [arn]
    assert f"delete it if nothing uses it: {arn}" in caplog.text


@pytest.mark.parametrize("omitted", sorted(STATUS))
def test_image_without_a_status_is_waited_for_until_the_time_is_up(account: SimulatedAccount, omitted: str) -> None:
    """It counts as running: the wait fails with its timeout, the Delete with what is left, and no rule stays."""
    arn = created(account)
    account.settle(10)
    account.omitted.add(omitted)
    assert wait(account, arn, properties={"Seconds": "120"})["Reason"].startswith("Still PENDING after 2 minutes")
    answer = delete(account, arn)
    assert (answer["Status"], arn in answer["Reason"]) == ("FAILED", True)
    account.settle()
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_start_without_an_image_arn_fails_and_leaves_nothing(account: SimulatedAccount, kind: str) -> None:
    """Without the ARN the request has no physical id to answer; the image is found by its tags."""
    old = created(account) if kind == "Update" else ""
    account.omitted.update(ARN)
    if kind == "Create":
        answer = account.operate(account.request("Create"))
    else:
        answer = update(account, old, {"Revision": "2"}, {})
    assert answer["Status"] == "FAILED"
    assert "imageBuildVersionArn" in answer["Reason"]
    account.omitted.clear()
    if kind == "Create":
        deleted(account, answer["PhysicalResourceId"])
        assert is_clean(account)
    else:
        assert update(account, old, {}, {"Revision": "2"}, "UPDATE_ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
        assert account.images == [old]
