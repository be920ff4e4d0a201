"""The wire: what boto3 sends arrives as parameters, and what is answered arrives as boto3 expects it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from local_aws.image_builder import Fault, Outcome, RegionFailure
from local_aws.image_builder.model import service_model
from local_aws.image_builder.service import OPERATIONS
from local_aws.image_builder.validation import validate
from local_aws_tests.stand_in import ROLE, StandIn


def test_every_parameter_of_distribute_image_arrives(stand_in: StandIn, client: Any) -> None:
    """What boto3 puts into the body is what the call log shows."""
    request = stand_in.request(tags={"Team": "platform"}, loggingConfiguration={"logGroupName": "/golden"})
    client.distribute_image(**request)

    assert stand_in.builder.calls[-1].parameters == request


def test_parameters_in_path_and_query_arrive(stand_in: StandIn, client: Any) -> None:
    """An ARN in the path is decoded, and a repeated query parameter becomes a list."""
    arn = stand_in.finish(tags={"a": "1", "b": "2", "c": "3"})
    client.untag_resource(resourceArn=arn, tagKeys=["a", "c"])

    assert stand_in.builder.calls[-1].parameters == {"resourceArn": arn, "tagKeys": ["a", "c"]}
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ServiceException", 500),
        ("ServiceUnavailableException", 503),
        ("CallRateLimitExceededException", 429),
        ("TooManyRequestsException", 429),
        ("ServiceQuotaExceededException", 402),
        ("AccessDeniedException", 403),
        ("ForbiddenException", 403),
        ("ResourceNotFoundException", 404),
        ("ClientException", 400),
        ("InvalidRequestException", 400),
        ("IdempotentParameterMismatchException", 400),
        ("ResourceInUseException", 400),
    ],
)
def test_an_error_has_the_code_and_the_status_of_the_api(
    stand_in: StandIn, client: Any, code: str, status: int
) -> None:
    """boto3 raises each of DistributeImage's twelve errors as its own class, with message and HTTP status."""
    stand_in.script.faults.append(Fault("DistributeImage", code, "the reason"))
    with pytest.raises(getattr(client.exceptions, code)) as refusal:
        client.distribute_image(**stand_in.request())

    assert refusal.value.response["Error"]["Message"] == "the reason"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_lost_answer_is_a_broken_connection(stand_in: StandIn, client: Any) -> None:
    """The distribution starts, and the caller sees no more than a closed connection."""
    stand_in.script.faults.append(Fault("DistributeImage", lost=True))
    with pytest.raises(ConnectionClosedError):
        client.distribute_image(**stand_in.request())

    assert len(stand_in.builder.store.images) == 1


def test_a_path_of_no_operation_is_refused(stand_in: StandIn) -> None:
    """The answer is an error of the API, not a crash."""
    status, headers, body = stand_in.builder.handle("GET", "/NoSuch", {}, {}, b"")

    assert (status, headers["x-amzn-ErrorType"]) == (404, "InvalidRequestException")
    assert "/NoSuch" in json.loads(body)["message"]


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_a_body_that_is_no_object_is_refused(stand_in: StandIn, body: bytes) -> None:
    """So is what is not JSON at all."""
    status, headers, _ = stand_in.builder.handle("PUT", "/DistributeImage", {}, {}, body)

    assert (status, headers["x-amzn-ErrorType"]) == (400, "InvalidRequestException")


def test_an_operation_outside_of_the_stand_in_says_so(stand_in: StandIn, client: Any) -> None:
    """An operation that the API has and the stand-in has not is never answered as if it had worked."""
    with pytest.raises(ClientError, match="GetComponent is not part of the local Image Builder"):
        client.get_component(componentBuildVersionArn=stand_in.builder.store.arn("component/c/1.0.0/1"))


def test_answers_are_of_the_model(stand_in: StandIn, client: Any) -> None:
    """Every operation answers members of its model alone, within their constraints: boto3 would drop others."""
    failure = RegionFailure("us-east-1", "No such key", step="PUT_SSM_PARAMETERS")
    failed = stand_in.finish(Outcome(failures=(failure,), lifecycle=1000), tags={"Team": "platform"})
    running = stand_in.distribute(Outcome(hang="PENDING"))
    update = {"status": "DELETED"}
    included = {"amis": True, "snapshots": True}
    deletion = {"resourceArn": failed, "state": update, "executionRole": ROLE, "includeResources": included}
    spare = stand_in.configure("spare", [{"region": "eu-west-1"}])
    execution = stand_in.call("StartResourceStateUpdate", **deletion, clientToken="deletion")["lifecycleExecutionId"]
    requests: dict[str, dict[str, Any]] = {
        "DistributeImage": stand_in.request(),
        "GetImage": {"imageBuildVersionArn": failed},
        "CancelImageCreation": {"imageBuildVersionArn": running, "clientToken": "cancel"},
        "RetryImage": {"imageBuildVersionArn": failed, "clientToken": "retry"},
        "ListImages": {},
        "ListImageBuildVersions": {},
        "StartResourceStateUpdate": {**deletion, "clientToken": "deletion"},
        "GetLifecycleExecution": {"lifecycleExecutionId": execution},
        "TagResource": {"resourceArn": running, "tags": {"k": "v"}},
        "UntagResource": {"resourceArn": running, "tagKeys": ["none"]},
        "ListTagsForResource": {"resourceArn": running},
        "CreateDistributionConfiguration": {
            "name": "another",
            "distributions": [{"region": "eu-west-1"}],
            "clientToken": "create",
        },
        "GetDistributionConfiguration": {"distributionConfigurationArn": stand_in.configuration},
        "UpdateDistributionConfiguration": {
            "distributionConfigurationArn": stand_in.configuration,
            "distributions": [{"region": "eu-west-1"}],
            "clientToken": "update",
        },
        "ListDistributionConfigurations": {},
        "DeleteDistributionConfiguration": {"distributionConfigurationArn": spare},
        "DeleteImage": {"imageBuildVersionArn": stand_in.finish()},
    }
    assert requests.keys() == OPERATIONS.keys()
    for operation, parameters in requests.items():
        answer = stand_in.call(operation, **parameters)
        shape = service_model().operation_model(operation).output_shape
        validate(shape, answer)
        assert _unknown(shape, answer) == [], operation


def _unknown(shape: Any, value: Any) -> list[str]:
    if shape.type_name == "list":
        return [name for item in value for name in _unknown(shape.member, item)]
    if shape.type_name != "structure":
        return []
    unknown = [name for name in value if name not in shape.members]
    known = [name for name in value if name in shape.members]
    return unknown + [inner for name in known for inner in _unknown(shape.members[name], value[name])]
