"""Distribution configurations and tags."""

from typing import Any

import botocore.session
import pytest

from local_aws.image_builder import ServiceError
from local_aws.image_builder.model import known_regions
from local_aws_tests.stand_in import DISTRIBUTIONS, StandIn


def test_the_arn_follows_from_the_name(stand_in: StandIn) -> None:
    """In small letters, with a dash for what an ARN cannot hold."""
    arn = stand_in.configure("My Golden_Image", DISTRIBUTIONS)

    assert arn == "arn:aws:imagebuilder:eu-west-1:111122223333:distribution-configuration/my-golden-image"


def test_a_name_is_taken_once(stand_in: StandIn) -> None:
    """A second configuration of it is refused."""
    with pytest.raises(ServiceError, match="ResourceAlreadyExistsException"):
        stand_in.configure("two-regions", DISTRIBUTIONS)


def test_an_ami_name_needs_the_build_date(stand_in: StandIn) -> None:
    """Else a second distribution would make AMIs of the same name."""
    settings = {"name": "golden"}
    with pytest.raises(ServiceError, match=r"'golden' for eu-west-1 must contain \{\{ imagebuilder:buildDate \}\}"):
        stand_in.configure("undated", [{"region": "eu-west-1", "amiDistributionConfiguration": settings}])


def test_a_region_appears_once(stand_in: StandIn) -> None:
    """Twice is refused by name."""
    with pytest.raises(ServiceError, match="once in distributions: us-east-1"):
        stand_in.configure("twice", [{"region": "us-east-1"}, {"region": "eu-west-1"}, {"region": "us-east-1"}])


def test_known_regions_are_those_of_ec2() -> None:
    """Botocore reads the model of CloudFormation in place of that of EC2, which is larger."""
    session = botocore.session.Session()
    partitions = session.get_available_partitions()
    of_ec2 = {region for partition in partitions for region in session.get_available_regions("ec2", partition)}
    assert known_regions() == of_ec2
    assert {"eu-west-1", "us-gov-west-1", "cn-north-1"} <= of_ec2


def test_an_update_keeps_arn_and_name(stand_in: StandIn) -> None:
    """Distributions and description change, tags do not."""
    arn = stand_in.configuration
    stand_in.call("TagResource", resourceArn=arn, tags={"Team": "platform"})
    stand_in.wait()
    stand_in.call(
        "UpdateDistributionConfiguration",
        distributionConfigurationArn=arn,
        description="Other Regions",
        distributions=[{"region": "ap-south-1"}],
        clientToken="update",
    )
    held = stand_in.call("GetDistributionConfiguration", distributionConfigurationArn=arn)["distributionConfiguration"]

    assert (held["arn"], held["name"], held["description"]) == (arn, "two-regions", "Other Regions")
    assert held["distributions"] == [{"region": "ap-south-1"}]
    assert held["tags"] == {"Team": "platform"}
    assert held["dateUpdated"] > held["dateCreated"]


def test_an_update_is_held_to_the_same_rules(stand_in: StandIn) -> None:
    """A Region may not appear twice afterwards either."""
    with pytest.raises(ServiceError, match="once in distributions: us-east-1"):
        stand_in.call(
            "UpdateDistributionConfiguration",
            distributionConfigurationArn=stand_in.configuration,
            distributions=[{"region": "us-east-1"}, {"region": "us-east-1"}],
            clientToken="update",
        )


def test_a_deleted_one_is_not_found(stand_in: StandIn) -> None:
    """Neither by its operations nor by DistributeImage."""
    arn = stand_in.configuration
    stand_in.call("DeleteDistributionConfiguration", distributionConfigurationArn=arn)
    for operation in ("GetDistributionConfiguration", "DeleteDistributionConfiguration"):
        with pytest.raises(ServiceError, match="ResourceNotFoundException"):
            stand_in.call(operation, distributionConfigurationArn=arn)
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        stand_in.distribute()


def test_all_are_listed(stand_in: StandIn) -> None:
    """With the Regions of each."""
    (summary,) = stand_in.call("ListDistributionConfigurations")["distributionConfigurationSummaryList"]

    assert (summary["arn"], summary["regions"]) == (stand_in.configuration, ["eu-west-1", "us-east-1"])


def test_tags_are_added_overwritten_and_removed(stand_in: StandIn) -> None:
    """On an image, by TagResource and UntagResource; a key that is not there is ignored."""
    arn = stand_in.distribute(tags={"a": "1", "b": "2"})
    stand_in.call("TagResource", resourceArn=arn, tags={"b": "3", "c": "4"})
    stand_in.call("UntagResource", resourceArn=arn, tagKeys=["a", "none"])

    assert stand_in.call("ListTagsForResource", resourceArn=arn) == {"tags": {"b": "3", "c": "4"}}


def test_there_are_at_most_fifty_tags(stand_in: StandIn) -> None:
    """Counted together with those that are there."""
    arn = stand_in.distribute(tags={f"k{number}": "v" for number in range(50)})
    stand_in.call("TagResource", resourceArn=arn, tags={"k0": "other"})
    with pytest.raises(ServiceError, match="more than 50 tags"):
        stand_in.call("TagResource", resourceArn=arn, tags={"one-more": "v"})


@pytest.mark.parametrize("operation", ["TagResource", "UntagResource", "ListTagsForResource"])
def test_tags_of_nothing_are_not_found(stand_in: StandIn, operation: str) -> None:
    """An ARN that names nothing has none."""
    more: dict[str, dict[str, Any]] = {"TagResource": {"tags": {"k": "v"}}, "UntagResource": {"tagKeys": ["k"]}}
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        stand_in.call(
            operation, resourceArn=stand_in.builder.store.arn("image/none/1.0.0/1"), **more.get(operation, {})
        )
