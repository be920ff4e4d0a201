"""Create of a distribution: one DistributeImage with every parameter, and AWS's own words when it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from simulated_aws import CONFIGURATION_ARN, ROLE_ARN, SOURCE_AMI, STACK_ID, SimulatedAccount

from .steps import create, created

# Image Builder API reference, DistributeImage, Errors: those that do not pass.
REFUSALS = {
    "ServiceQuotaExceededException": 402,
    "ResourceNotFoundException": 404,
    "ClientException": 400,
    "InvalidRequestException": 400,
    "IdempotentParameterMismatchException": 400,
    "ResourceInUseException": 400,
}
# The same, those that may pass.
TRANSIENT = {
    "ServiceException": 500,
    "ServiceUnavailableException": 503,
    "CallRateLimitExceededException": 429,
    "TooManyRequestsException": 429,
}


def parameters(account: SimulatedAccount) -> dict[str, Any]:
    """Return the parameters of the only DistributeImage."""
    (call,) = account.calls("DistributeImage")
    return dict(call.parameters)


def test_create_answers_the_image_as_physical_id_and_attribute(account: SimulatedAccount) -> None:
    """The ARN that DistributeImage returns is the physical id and the attribute `ImageArn`."""
    answer = create(account)
    (arn,) = account.images
    assert (answer["Status"], answer["PhysicalResourceId"], answer["Data"]) == ("SUCCESS", arn, {"ImageArn": arn})


def test_create_answers_at_once_without_a_rule(account: SimulatedAccount) -> None:
    """CloudFormation holds the image's ARN within seconds, before anything waits."""
    began = account.now
    created(account)
    assert account.now == began
    assert account.event_bridge.made == []


def test_create_passes_every_property_to_distribute_image(account: SimulatedAccount) -> None:
    """Each property arrives at DistributeImage unchanged, with the ownership tags added to the user's."""
    create(account, LogGroupName="/images/golden", Tags={"Team": "platform"}, Revision="7")
    passed = parameters(account)
    tags, token = passed.pop("tags"), passed.pop("clientToken")
    assert passed == {
        "sourceImage": SOURCE_AMI,
        "distributionConfigurationArn": CONFIGURATION_ARN,
        "executionRole": ROLE_ARN,
        "loggingConfiguration": {"logGroupName": "/images/golden"},
    }
    fingerprint = tags.pop("cdk-image-distribution:fingerprint")
    assert len(fingerprint) == 64
    assert tags == {
        "Team": "platform",
        "cdk-image-distribution:stack-id": STACK_ID,
        "cdk-image-distribution:logical-id": "Distribution830FAC52",
        "cdk-image-distribution:operation": token,
        "cdk-image-distribution:held": "no",
    }


def test_create_without_optional_properties_passes_only_the_required(account: SimulatedAccount) -> None:
    """A log group that is not given is Image Builder's to choose."""
    create(account)
    assert "loggingConfiguration" not in parameters(account)


@pytest.mark.parametrize(
    "source_image",
    ["ssm:/golden/ami", "ssm:arn:aws:ssm:eu-west-1:123456789012:parameter/golden/ami", "image ARN"],
)
def test_create_passes_each_kind_of_source(account: SimulatedAccount, source_image: str) -> None:
    """An SSM parameter by name or ARN and an image ARN go to Image Builder unchanged."""
    account.amis.parameters["/golden/ami"] = SOURCE_AMI
    if source_image == "image ARN":
        source_image = created(account)
        account.settle(10)
    assert create(account, SourceImage=source_image)["Status"] == "SUCCESS"
    assert account.calls("DistributeImage")[-1].parameters["sourceImage"] == source_image


@pytest.mark.parametrize(("code", "status"), REFUSALS.items())
def test_create_refused_for_good_fails_in_words_of_aws(account: SimulatedAccount, code: str, status: int) -> None:
    """The reason is what the handler did, the code and AWS's message; the id is no image's."""
    account.fail("DistributeImage", code, message="AWS says why.", status=status, times=None)
    began = account.now
    answer = create(account)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"Starting the distribution: {code}: AWS says why."
    assert not answer["PhysicalResourceId"].startswith("arn:")
    assert account.now == began


@pytest.mark.parametrize(("code", "status"), TRANSIENT.items())
def test_create_throttled_until_its_deadline_fails_in_words_of_aws(
    account: SimulatedAccount, code: str, status: int
) -> None:
    """A Create tries for 15 minutes, and then gives the reason of the last attempt; its rule goes."""
    account.fail("DistributeImage", code, message="AWS says why.", status=status, times=None)
    began = account.now
    answer = create(account)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"Starting the distribution: {code}: AWS says why."
    assert 900 <= account.now - began <= 1020
    account.settle()
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize(("code", "status"), TRANSIENT.items())
def test_create_throttled_for_minutes_succeeds(account: SimulatedAccount, code: str, status: int) -> None:
    """What may pass is tried again beyond one invocation, by a polling rule that goes afterwards."""
    account.fail("DistributeImage", code, status=status, times=None, until=account.now + 600)
    arn = created(account)
    account.settle()
    assert (account.images, account.event_bridge.rules) == ([arn], {})


def test_create_that_failed_answers_its_client_token(account: SimulatedAccount) -> None:
    """The Delete that follows finds the image that the Create may have started by this id."""
    account.fail("DistributeImage", "ClientException", times=None)
    answer = create(account)
    (attempt,) = account.attempts("DistributeImage")
    assert answer["PhysicalResourceId"] == attempt.parameters["clientToken"]


@pytest.mark.parametrize("apart", [0, 5])
def test_create_delivered_twice_starts_one_distribution(account: SimulatedAccount, apart: float) -> None:
    """Lambda delivers at least once: while CloudFormation still waits, both deliveries answer the same image."""
    account.services.latency = 2
    request = account.request("Create")
    account.deliver_next(copies=2, apart=apart)
    account.function.send(request)
    account.settle()
    first, *others = account.answers_to(request)
    assert first["Status"] == "SUCCESS"
    assert all(answer == first for answer in others)
    assert account.images == [first["PhysicalResourceId"]]
    assert len({call.parameters["clientToken"] for call in account.calls("DistributeImage")}) == 1
    assert account.event_bridge.rules == {}


def test_create_delivered_again_after_its_answer_starts_nothing(account: SimulatedAccount) -> None:
    """CloudFormation no longer waits for it, and takes no second answer."""
    request = account.request("Create")
    arn = account.operate(request)["PhysicalResourceId"]
    account.settle(90)
    account.function.send(request)
    account.settle(600)
    assert account.answers.first(request["RequestId"]) == account.answers_to(request)[0]
    assert account.images == [arn]
    assert len(account.calls("DistributeImage")) == 1
    assert account.event_bridge.rules == {}


def test_create_cut_off_in_the_function_is_delivered_again(account: SimulatedAccount) -> None:
    """The function is killed during DistributeImage; Lambda's second delivery answers the image that it started."""
    account.fail("DistributeImage", seconds=400)
    arn = created(account)
    assert account.images == [arn]


def test_create_with_the_longest_properties_needs_no_rule(account: SimulatedAccount) -> None:
    """44 tags at their limit fit into no rule's target: the function waits for CloudFormation and AWS itself."""
    account.fail("DistributeImage", "TooManyRequestsException", times=8)
    tags = {f"{number:0>128}": "v" * 256 for number in range(44)}
    arn = created(account, Tags=tags)
    assert account.images == [arn]
    assert account.event_bridge.made == []
