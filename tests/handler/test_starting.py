"""Create: one DistributeImage, every parameter, and AWS's own words when it is refused."""

from __future__ import annotations

import pytest

from cdk_image_distribution_handler.starting import client_token
from local_aws.image_builder import Fault
from simulated_aws import (
    CONFIGURATION_ARN,
    PROPERTIES,
    ROLE_ARN,
    STACK_ID,
    START,
    SimulatedAccount,
    event,
)

# Image Builder API reference, DistributeImage, Errors.
ERRORS = {
    "ServiceException": 500,
    "ServiceUnavailableException": 503,
    "CallRateLimitExceededException": 429,
    "TooManyRequestsException": 429,
    "ServiceQuotaExceededException": 402,
    "AccessDeniedException": 403,
    "ForbiddenException": 403,
    "ResourceNotFoundException": 404,
    "ClientException": 400,
    "InvalidRequestException": 400,
    "IdempotentParameterMismatchException": 400,
    "ResourceInUseException": 400,
}


def test_create_reports_the_image_as_physical_id_and_attribute(account: SimulatedAccount) -> None:
    """The ARN that DistributeImage returns is the physical id and `ImageArn`."""
    answer = account.operate(account.request("Create"))
    (image,) = account.images
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", image)
    assert answer["Data"] == {"ImageArn": image}


def test_create_passes_every_parameter_of_the_api(account: SimulatedAccount) -> None:
    """Each property arrives at DistributeImage as it stands, our own tags beside the user's."""
    create = account.request("Create")
    create["ResourceProperties"] |= {"LogGroupName": "/images/golden", "Tags": {"Team": "platform"}}
    create["ResourceProperties"]["Revision"] = "7"
    assert account.operate(create)["Status"] == "SUCCESS"
    (call,) = account.calls("DistributeImage")
    assert call.parameters == {
        "sourceImage": PROPERTIES["SourceImage"],
        "distributionConfigurationArn": CONFIGURATION_ARN,
        "executionRole": ROLE_ARN,
        "loggingConfiguration": {"logGroupName": "/images/golden"},
        "clientToken": client_token(create),
        "tags": {
            "Team": "platform",
            "cdk-image-distribution:stack-id": STACK_ID,
            "cdk-image-distribution:logical-id": "Distribution830FAC52",
            "cdk-image-distribution:fingerprint": call.parameters["tags"]["cdk-image-distribution:fingerprint"],
            "cdk-image-distribution:operation": client_token(create),
        },
    }


@pytest.mark.parametrize(
    "source_image",
    [
        "ami-0123456789abcdef0",
        "ssm:/golden/ami",
        "ssm:arn:aws:ssm:eu-west-1:123456789012:parameter/golden/ami",
        "arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0/1",
    ],
)
def test_create_passes_each_kind_of_source(account: SimulatedAccount, source_image: str) -> None:
    """An AMI id, an SSM reference and an image ARN go to Image Builder unchanged."""
    create = account.request("Create")
    create["ResourceProperties"]["SourceImage"] = source_image
    account.operate(create)
    assert account.attempts("DistributeImage")[0].parameters["sourceImage"] == source_image


def test_a_retried_delivery_has_the_same_token_and_a_new_operation_another() -> None:
    """Idempotency follows the CloudFormation operation: same RequestId, same token of 36 characters."""
    token = client_token(event("Create"))
    assert len(token) == 36
    assert client_token(event("Create")) == token
    assert client_token(event("Create", request_id="request-2")) != token
    assert client_token(event("Create", LogicalResourceId="Other")) != token
    assert client_token(event("Create", StackId=STACK_ID + "0")) != token


@pytest.mark.parametrize(("code", "status"), ERRORS.items())
def test_each_error_of_the_api_reaches_the_stack_event(account: SimulatedAccount, code: str, status: int) -> None:
    """A refused create fails in AWS's own words, after what we were doing, under an id that is no image's."""
    account.builder.script.faults.append(Fault("DistributeImage", code, "AWS says why.", status, times=None))
    answer = account.operate(account.request("Create"))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"Distributing ami-0123456789abcdef0: {code}: AWS says why."
    assert not answer["PhysicalResourceId"].startswith("arn:")
    assert account.now - START < 300


def test_a_failed_create_reports_the_same_id_at_each_retry(account: SimulatedAccount) -> None:
    """The physical id of a create without an image is derived from the operation, not random."""
    account.builder.script.faults.append(Fault("DistributeImage", "ClientException", times=None))
    create = account.request("Create")
    account.deliver(create)
    account.deliver(create)
    first, second = account.answers.bodies
    assert first["PhysicalResourceId"] == second["PhysicalResourceId"] != ""


@pytest.mark.parametrize(
    "fault",
    [
        Fault(
            "DistributeImage", "AccessDeniedException", "User: … is not authorized to perform: iam:PassRole", times=3
        ),
        Fault("DistributeImage", "InvalidRequestException", "The execution role cannot be assumed.", times=3),
    ],
)
def test_a_role_that_iam_does_not_know_yet_is_tried_again(account: SimulatedAccount, fault: Fault) -> None:
    """A role made seconds ago may be refused for some: the create waits for it, within bounds."""
    account.builder.script.faults.append(fault)
    answer = account.operate(account.request("Create"))
    assert answer["Status"] == "SUCCESS"
    assert 0 < account.now - START <= 30


def test_a_long_reason_keeps_its_beginning(account: SimulatedAccount) -> None:
    """A reason has at most 256 characters, and what is cut off is its end."""
    message = "User: arn:aws:sts::1:assumed-role/Handler " + "x" * 500
    account.builder.script.faults.append(Fault("DistributeImage", "AccessDeniedException", message, times=None))
    reason = account.operate(account.request("Create"))["Reason"]
    assert len(reason) <= 256
    assert reason.startswith("Distributing ami-0123456789abcdef0: AccessDeniedException: User: arn:aws:sts::1:")
    assert reason.endswith("(whole text in the log)")


def test_a_denial_names_role_and_action_whatever_their_names(account: SimulatedAccount) -> None:
    """IAM's longest names leave room for the action that was denied; the session, a repetition, gives way."""
    message = (
        f"User: arn:aws:sts::123456789012:assumed-role/{'r' * 64}/{'f' * 64} is not authorized to perform: "
        "imagebuilder:DistributeImage on resource: arn:aws:imagebuilder:eu-west-1:123456789012:image/*"
    )
    account.builder.script.faults.append(Fault("DistributeImage", "AccessDeniedException", message, times=None))
    reason = account.operate(account.request("Create"))["Reason"]
    assert f"assumed-role/{'r' * 64} is not authorized to perform: imagebuilder:DistributeImage" in reason
    assert len(reason) <= 256
