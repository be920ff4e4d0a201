"""Each switch for what AWS does not document, on the server: the answer that is not the default."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws, Undocumented
from local_aws.clients import make_client
from local_aws_tests.on_server import allowing
from local_aws_tests.stacks import Function, Stack, after
from local_aws_tests.waiting import eventually

# Of AWS's seconds; the server lets 60 of them pass in one.
MINUTE = 60
_TAGGED = {"Team": "platform"}


@pytest.fixture
def stack(aws: LocalAws) -> Iterator[Stack]:
    """A stack that does not exist yet; after the test, all is as AWS probably does it."""
    yield Stack(aws)
    aws.script()


@pytest.fixture
def image(aws: LocalAws, quick: None, role: str, ami: str, configuration: str) -> Iterator[str]:
    """The ARN of a tagged image that is available."""
    client = aws.client("imagebuilder")
    arn = client.distribute_image(
        sourceImage=ami, distributionConfigurationArn=configuration, executionRole=role, tags=_TAGGED
    )["imageBuildVersionArn"]
    yield arn
    aws.script()


def is_listed(aws: LocalAws, image: str) -> bool:
    """Whether the tagging API lists an image."""
    listed = aws.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["imagebuilder:image"])
    return image in [resource["ResourceARN"] for resource in listed["ResourceTagMappingList"]]


def test_tagging_api_lists_an_image_late_and_forgets_it_late(aws: LocalAws, image: str) -> None:
    """IAM and Image Builder know the tags and the deletion at once."""
    aws.script(undocumented=Undocumented(tagging_lists_after=1, tagging_forgets_after=1))
    assert not is_listed(aws, image)
    assert eventually(lambda: is_listed(aws, image))

    client = aws.client("imagebuilder")
    assert eventually(lambda: client.get_image(imageBuildVersionArn=image)["image"]["state"]["status"] == "AVAILABLE")
    client.delete_image(imageBuildVersionArn=image)
    assert is_listed(aws, image)
    assert eventually(lambda: not is_listed(aws, image))


def session(aws: LocalAws, name: str, role_statement: dict[str, Any], session_statement: dict[str, Any]) -> Any:
    """An Image Builder client of a role's session, with a session policy."""
    root = {"AWS": f"arn:aws:iam::{aws.account}:root"}
    trust = {"Statement": [{"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}]}
    iam = aws.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=allowing(role_statement))
    found = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="session", Policy=allowing(session_statement))[
        "Credentials"
    ]
    return make_client(
        "imagebuilder",
        aws.region,
        {
            **aws.environment,
            "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
            "AWS_SESSION_TOKEN": found["SessionToken"],
        },
    )


def test_session_policy_reads_the_tags_of_the_resource(aws: LocalAws, image: str) -> None:
    """Its condition holds although the role's own policy has none; a script can let IAM ignore it."""
    every = {"Action": "imagebuilder:*", "Resource": "*"}

    def reader(name: str, team: str) -> Any:
        condition = {"StringEquals": {"aws:ResourceTag/Team": team}}
        return session(aws, name, every, {**every, "Condition": condition})

    own, foreign = reader("own-session", "platform"), reader("foreign-session", "another")
    assert own.get_image(imageBuildVersionArn=image)["image"]["tags"] == _TAGGED
    with pytest.raises(ClientError, match="not authorized to perform: imagebuilder:GetImage"):
        foreign.get_image(imageBuildVersionArn=image)

    aws.script(undocumented=Undocumented(ignored_conditions=("aws:ResourceTag",)))
    assert foreign.get_image(imageBuildVersionArn=image)["image"]["tags"] == _TAGGED


def slow(function: Function) -> dict[str, dict[str, Any]]:
    """A resource whose create takes long, and one whose create fails meanwhile."""
    return {
        "Slow": function.custom("slow", Slow="Create", Seconds=str(MINUTE)),
        "Failing": function.custom("failing", Fail="Create"),
    }


def test_cancelled_create_is_awaited(aws: LocalAws, function: Function, stack: Stack) -> None:
    """Its Delete comes after its answer, and names the id of the answer."""
    aws.script(undocumented=Undocumented(awaits_cancelled_creates=True))
    assert stack.create(slow(function)) == "ROLLBACK_COMPLETE"

    assert function.requests(stack, "Slow") == [("Create", None, "slow"), ("Delete", "slow", "slow")]


def test_create_is_awaited_by_the_deletion_of_its_stack(aws: LocalAws, function: Function, stack: Stack) -> None:
    """The Delete names the id of the answer here, too."""
    aws.script(undocumented=Undocumented(awaits_cancelled_creates=True))
    stack.begin({"Slow": slow(function)["Slow"]})
    assert eventually(lambda: any(event["LogicalResourceId"] == "Slow" for event in stack.events()))
    assert stack.delete() == "DELETE_COMPLETE"

    assert function.requests(stack, "Slow") == [("Create", None, "slow"), ("Delete", "slow", "slow")]


def test_rollback_sends_no_update(aws: LocalAws, function: Function, stack: Stack) -> None:
    """It deletes what the update made, and the old resource is in the stack again."""
    stack.create({"A": function.custom("one"), "B": after("A", function.custom("same"))})
    aws.script(undocumented=Undocumented(rollback_sends_updates=False))
    failing = after("A", function.custom("same", Fail="Update"))
    assert stack.update({"A": function.custom("two"), "B": failing}) == "UPDATE_ROLLBACK_COMPLETE"

    assert function.requests(stack, "A") == [
        ("Create", None, "one"),
        ("Update", "one", "two"),
        ("Delete", "two", "two"),
    ]
    assert stack.physical_id("A") == "one"


def test_failed_create_gets_an_update(aws: LocalAws, function: Function, stack: Stack) -> None:
    """After a create that failed with rollback disabled."""
    aws.script(undocumented=Undocumented(failed_creates_get_updates=True))
    assert stack.create({"A": function.custom("a", Fail="Create")}, DisableRollback=True) == "CREATE_FAILED"
    assert stack.update({"A": function.custom("a-2")}) == "UPDATE_COMPLETE"

    assert function.requests(stack, "A")[:2] == [("Create", None, "a"), ("Update", "a", "a-2")]


def test_status_of_a_resource_is_shown_late(aws: LocalAws, function: Function, stack: Stack) -> None:
    """A function that asks at once gets the status before; the stack's own status is never late."""
    aws.script(undocumented=Undocumented(resource_status_lag=2 * MINUTE))
    stack.create({"A": function.custom("one")})
    with pytest.raises(ClientError, match="does not exist"):
        stack.status_of("A")
    time.sleep(2)
    assert stack.status_of("A") == "CREATE_COMPLETE"
    stack.update({"A": function.custom("one", Observe="2")})

    assert function.observed(stack, "A")[-1] == ("Update", "UPDATE_IN_PROGRESS", "CREATE_COMPLETE", "one")
    assert eventually(lambda: stack.status_of("A") == "UPDATE_COMPLETE")


def test_late_answer_is_refused(aws: LocalAws, function: Function, stack: Stack) -> None:
    """After the ServiceTimeout, with HTTP 403."""
    aws.script(undocumented=Undocumented(late_answers_accepted=False))
    resource = function.custom("a", Slow="Create", Seconds=str(2 * MINUTE), ServiceTimeout=MINUTE // 2)
    assert stack.create({"A": resource}) == "ROLLBACK_COMPLETE"

    assert eventually(lambda: function.refused(stack, "A") == [("Create", 403)])
