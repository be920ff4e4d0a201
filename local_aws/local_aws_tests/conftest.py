"""Fixtures: the stand-in in this process, and one server for all tests that only look at it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local_aws import LocalAws
from local_aws.image_builder import answer_client
from local_aws_tests.on_server import EXECUTION_POLICY, LIFECYCLE_POLICY, QUICK, WRITES_PARAMETERS, made_role
from local_aws_tests.stacks import Function, Stack
from local_aws_tests.stand_in import StandIn

# The fixtures that start one.
_SERVERS = {"aws", "without_hong_kong"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder that start a server."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and _SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
def stand_in() -> StandIn:
    """An Image Builder with one configuration for two Regions."""
    return StandIn()


@pytest.fixture
def client(stand_in: StandIn) -> Any:
    """A boto3 client that the stand-in answers, without retries."""
    made = boto3.client(
        "imagebuilder",
        region_name="eu-west-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )
    answer_client(made, stand_in.builder)
    return made


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    """A server in which a minute takes one second; a test makes what it needs under names of its own."""
    with LocalAws(minute=1.0) as running:
        yield running


@pytest.fixture(scope="module")
def function(aws: LocalAws) -> Function:
    """A function that custom resources of every stack use."""
    return Function(aws)


@pytest.fixture
def stack(aws: LocalAws) -> Stack:
    """A stack that does not exist yet."""
    return Stack(aws)


@pytest.fixture(scope="session")
def role(aws: LocalAws) -> str:
    """The ARN of a role that Image Builder can assume, which may do what the distributions of these tests do."""
    return made_role(aws, "execution", EXECUTION_POLICY, LIFECYCLE_POLICY, statements=[WRITES_PARAMETERS])


@pytest.fixture(scope="session")
def ami(aws: LocalAws) -> str:
    """A source AMI."""
    return aws.register_source_ami("hosting")


@pytest.fixture(scope="session")
def configuration(aws: LocalAws) -> str:
    """A configuration for two Regions, with a tag and a parameter in each."""
    settings = {"name": "hosted {{ imagebuilder:buildDate }}", "amiTags": {"Team": "platform"}}
    answer = aws.client("imagebuilder").create_distribution_configuration(
        name="hosting",
        distributions=[
            {
                "region": region,
                "amiDistributionConfiguration": settings,
                "ssmParameterConfigurations": [{"parameterName": "/hosting/ami", "dataType": "aws:ec2:image"}],
            }
            for region in ("eu-west-1", "us-east-1")
        ],
    )
    return str(answer["distributionConfigurationArn"])


@pytest.fixture
def quick(aws: LocalAws) -> Iterator[None]:
    """Distributions that take a third of a second, and no fault that another test left."""
    aws.script(default=QUICK)
    yield
    aws.script()
