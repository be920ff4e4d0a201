"""The home Region of a distribution: a copy is made there, or the source itself is the output."""

from collections.abc import Iterator
from typing import Any

import pytest

from local_aws import LocalAws, Outcome, Undocumented
from local_aws.image_builder import ImageBuilder, InMemory
from local_aws_tests.on_server import EXECUTION_POLICY, LIFECYCLE_POLICY, QUICK, distributed, failure_of, made_role
from local_aws_tests.stand_in import AMI, StandIn


@pytest.fixture
def at_home(aws: LocalAws) -> Iterator[LocalAws]:
    """A local AWS whose distributions make no copy at home."""
    aws.script(default=QUICK, undocumented=Undocumented(home_is_source=True))
    yield aws
    aws.script()


def configured(aws: LocalAws, name: str, **settings: Any) -> str:
    """The ARN of a configuration for the home Region and another one."""
    distributions = [
        {"region": region, "amiDistributionConfiguration": {"amiTags": {"Team": "platform"}, **settings}}
        for region in ("eu-west-1", "us-east-1")
    ]
    answer = aws.client("imagebuilder").create_distribution_configuration(name=name, distributions=distributions)
    return str(answer["distributionConfigurationArn"])


def test_source_is_listed_and_tagged_at_home(at_home: LocalAws) -> None:
    """The other Region has a copy."""
    ami = at_home.register_source_ami("home")
    role = made_role(at_home, "at-home", EXECUTION_POLICY, LIFECYCLE_POLICY)
    image = distributed(
        at_home,
        sourceImage=ami,
        distributionConfigurationArn=configured(at_home, "home"),
        executionRole=role,
    )
    amis = {copy["region"]: copy["image"] for copy in image["outputResources"]["amis"]}
    (found,) = at_home.client("ec2").describe_images(ImageIds=[ami])["Images"]
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}

    assert amis["eu-west-1"] == ami != amis["us-east-1"]
    assert tags == {"Team": "platform", "CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": image["arn"]}
    assert found["Name"] == "home"


def test_sharing_at_home_needs_a_permission_on_the_source(at_home: LocalAws) -> None:
    """AWS's policy covers AMIs that Image Builder made, and the source is none."""
    ami = at_home.register_source_ami("shared")
    role = made_role(at_home, "sharing", EXECUTION_POLICY)
    failure = failure_of(
        at_home,
        sourceImage=ami,
        distributionConfigurationArn=configured(at_home, "share", launchPermission={"userIds": ["222222222222"]}),
        executionRole=role,
    )

    assert failure["region"] == "eu-west-1"
    assert f"ec2:ModifyImageAttribute on resource: arn:aws:ec2:eu-west-1::image/{ami}" in failure["errorMessage"]


@pytest.mark.parametrize("home_is_source", [True, False])
def test_both_answers_without_a_server(home_is_source: bool) -> None:
    """In memory too."""
    stand_in = StandIn(backend=InMemory(home_is_source=home_is_source))
    image = stand_in.image(stand_in.finish(Outcome()))
    here = [copy["image"] for copy in image["outputResources"]["amis"] if copy["region"] == "eu-west-1"]

    assert isinstance(stand_in.builder, ImageBuilder)
    assert (here == [AMI]) is home_is_source
