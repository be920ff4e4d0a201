"""The one definition each of a transient error, a denial, and an image that is gone."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from cdk_image_distribution_handler.aws_errors import calling, is_denied, is_gone, is_transient
from cdk_image_distribution_handler.operation import Denied, Failure, Transient
from local_aws.image_builder.model import service_model
from simulated_aws import IMAGE_ARN, ROLE_ARN

URL = "https://imagebuilder.eu-west-1.amazonaws.com"


def refusal(code: str, status: int = 400, message: str = "Because.") -> ClientError:
    """Return the error of a call that AWS refused."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]  # a real response has more
        "AnyOperation",
    )


# Codes of EventBridge, CloudFormation, EC2 and the tagging API with their statuses: their API references, Errors.
TRANSIENT = [
    refusal("CallRateLimitExceededException", 429),
    refusal("TooManyRequestsException", 429),
    refusal("ServiceException", 500),
    refusal("ServiceUnavailableException", 503),
    refusal("ThrottlingException", 400),
    refusal("Throttling", 400),
    refusal("ThrottledException", 400),
    refusal("RequestLimitExceeded", 503),
    refusal("ConcurrentModificationException", 400),
    refusal("InternalException", 500),
    refusal("", 502),
    ConnectionClosedError(endpoint_url=URL),
    ConnectTimeoutError(endpoint_url=URL),
    EndpointConnectionError(endpoint_url=URL),
    ReadTimeoutError(endpoint_url=URL),
    SSLError(endpoint_url=URL, error=OSError("broken")),
    ResponseParserError("HTML"),
]
DENIED = [
    refusal("AccessDenied", 403),
    refusal("AccessDeniedException", 400),
    refusal("AccessDeniedException", 403),
    refusal("ForbiddenException", 403),
    refusal("UnauthorizedOperation", 403),
    refusal("InvalidRequestException", 400, "The execution role cannot be assumed."),
    refusal("InvalidParameterValueException", 400, f"Role {ROLE_ARN} is invalid."),
]
OTHERS = [
    refusal("InvalidRequestException", 400),
    refusal("ResourceInUseException", 400),
    refusal("ResourceNotFoundException", 404),
    refusal("ServiceQuotaExceededException", 402),
    refusal("ValidationError", 400),
    ParamValidationError(report="tags"),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=str)
def test_error_that_may_pass_is_transient(error: Exception) -> None:
    """Throttling, a 5xx, no connection, an answer that cannot be read."""
    assert (is_transient(error), is_denied(error)) == (True, False)
    with pytest.raises(Transient), calling("Trying"):
        raise error


@pytest.mark.parametrize("error", DENIED, ids=str)
def test_error_of_permissions_is_denied(error: Exception) -> None:
    """IAM refuses, or the service cannot use a role yet."""
    assert (is_transient(error), is_denied(error)) == (False, True)
    with pytest.raises(Denied), calling("Trying"):
        raise error


@pytest.mark.parametrize("error", OTHERS, ids=str)
def test_error_of_any_other_kind_is_a_failure(error: Exception) -> None:
    """It does not pass by waiting."""
    assert (is_transient(error), is_denied(error)) == (False, False)
    with pytest.raises(Failure, match=r"^Trying: ") as caught, calling("Trying"):
        raise error
    assert type(caught.value) is Failure


def test_error_of_the_handler_itself_is_not_taken_for_one_of_aws() -> None:
    """A defect must not be tried again for minutes."""
    with pytest.raises(KeyError), calling("Trying"):
        raise KeyError("defect")


def test_error_codes_of_throttling_in_the_model_are_transient() -> None:
    """A code with the status 429 or 5xx in Image Builder's model may pass."""
    model = service_model()
    errors = [model.shape_for(name) for name in model.shape_names]
    statuses = {
        shape.name: shape.metadata["error"]["httpStatusCode"] for shape in errors if shape.metadata.get("exception")
    }
    assert len(statuses) > 15
    for code, status in statuses.items():
        assert is_transient(refusal(code, status)) == (status == 429 or status >= 500)


@pytest.mark.parametrize(
    "error",
    [
        refusal("ResourceNotFoundException", 404),
        refusal("InvalidRequestException", 400, f"The image '{IMAGE_ARN}' does not exist."),
        refusal("ClientException", 400, f"The following required resource 'Image' cannot be found: '{IMAGE_ARN}'."),
        refusal("ForbiddenException", 403, f"{IMAGE_ARN} was not found"),
    ],
    ids=str,
)
def test_image_is_gone_when_image_builder_says_so_of_it(error: Exception) -> None:
    """The code is undocumented, so a message that names the ARN counts."""
    assert is_gone(error, IMAGE_ARN)


@pytest.mark.parametrize(
    "error",
    [
        refusal("InvalidRequestException", 400, "The image build version does not exist."),
        refusal("InvalidRequestException", 400, f"The role {ROLE_ARN} was not found."),
        refusal("ServiceException", 500, f"The key of {IMAGE_ARN} could not be found."),
        refusal("InvalidRequestException", 400, f"The image '{IMAGE_ARN}' is running."),
        EndpointConnectionError(endpoint_url=URL),
        ValueError(f"{IMAGE_ARN} does not exist"),
    ],
    ids=str,
)
def test_image_is_not_gone_when_anything_else_is_missing(error: Exception) -> None:
    """A role, a key or another image that is missing must not end a Delete with an image left."""
    assert not is_gone(error, IMAGE_ARN)
