"""CloudFormation's AWS::ImageBuilder::DistributionConfiguration."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from local_aws_tests.stacks import Stack


def configuration(name: str, region: str, tags: dict[str, str] | None = None, **settings: Any) -> dict[str, Any]:
    """A template's resource, for one Region."""
    distribution = {"Region": region, "AmiDistributionConfiguration": settings}
    return {
        "Type": "AWS::ImageBuilder::DistributionConfiguration",
        "Properties": {"Name": name, "Distributions": [distribution], **({"Tags": tags} if tags else {})},
    }


def held(aws: LocalAws, arn: str) -> dict[str, Any]:
    """What Image Builder holds under an ARN."""
    answer = aws.client("imagebuilder").get_distribution_configuration(distributionConfigurationArn=arn)
    described: dict[str, Any] = answer["distributionConfiguration"]
    return described


def test_it_becomes_what_the_api_knows(aws: LocalAws) -> None:
    """Names turn into the API's, those of tags stay, and the ARN is the physical id."""
    stack = Stack(aws)
    settings = {
        "Name": "golden {{ imagebuilder:buildDate }}",
        "AmiTags": {"Team": "platform"},
        "LaunchPermissionConfiguration": {"UserIds": ["111111111111"]},
    }
    assert stack.create({"C": configuration("made", "us-east-1", {"Cost": "low"}, **settings)}) == "CREATE_COMPLETE"
    made = held(aws, stack.physical_id("C"))

    assert (made["name"], made["tags"]) == ("made", {"Cost": "low"})
    assert made["distributions"] == [
        {
            "region": "us-east-1",
            "amiDistributionConfiguration": {
                "name": "golden {{ imagebuilder:buildDate }}",
                "amiTags": {"Team": "platform"},
                "launchPermission": {"userIds": ["111111111111"]},
            },
        }
    ]


def test_an_update_keeps_the_arn(aws: LocalAws) -> None:
    """Distributions and tags change in place."""
    stack = Stack(aws)
    stack.create({"C": configuration("kept", "us-east-1", {"old": "1", "both": "1"})})
    arn = stack.physical_id("C")
    assert stack.update({"C": configuration("kept", "ap-south-1", {"both": "2", "new": "2"})}) == "UPDATE_COMPLETE"

    assert stack.physical_id("C") == arn
    assert held(aws, arn)["distributions"][0]["region"] == "ap-south-1"
    assert held(aws, arn)["tags"] == {"both": "2", "new": "2"}


def test_another_name_is_another_configuration(aws: LocalAws) -> None:
    """The old one is deleted."""
    stack = Stack(aws)
    stack.create({"C": configuration("before", "us-east-1")})
    old = stack.physical_id("C")
    assert stack.update({"C": configuration("afterwards", "us-east-1")}) == "UPDATE_COMPLETE"
    arns = [
        summary["arn"]
        for summary in aws.client("imagebuilder").list_distribution_configurations()[
            "distributionConfigurationSummaryList"
        ]
    ]

    assert stack.physical_id("C") in arns
    assert old not in arns


def test_it_goes_with_its_stack(aws: LocalAws) -> None:
    """A deleted stack leaves none behind."""
    stack = Stack(aws)
    stack.create({"C": configuration("gone", "us-east-1")})
    arn = stack.physical_id("C")
    assert stack.delete() == "DELETE_COMPLETE"

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        held(aws, arn)


def test_what_was_deleted_by_hand_is_gone(aws: LocalAws) -> None:
    """The stack can be deleted all the same."""
    stack = Stack(aws)
    stack.create({"C": configuration("by-hand", "us-east-1")})
    arn = stack.physical_id("C")
    aws.client("imagebuilder").delete_distribution_configuration(distributionConfigurationArn=arn)

    assert stack.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"amiTags": {"Team": "platform"}}, "extraneous key [amiTags] is not permitted"),
        ({"Name": "undated"}, "must contain {{ imagebuilder:buildDate }}"),
    ],
)
def test_what_aws_refuses_fails_the_stack(aws: LocalAws, settings: dict[str, Any], reason: str) -> None:
    """The reason stands in the stack's events."""
    stack = Stack(aws)

    assert stack.create({"C": configuration("refused", "us-east-1", **settings)}) == "ROLLBACK_COMPLETE"
    assert any(reason in event.get("ResourceStatusReason", "") for event in stack.events())
