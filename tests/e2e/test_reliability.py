"""Failed updates, failed creates, destroys in the middle: nothing leaks, nothing runs twice."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from local_aws import Outcome, RegionFailure

from .deployment import Deployment
from .stacks import golden

FAILING = Outcome(failures=(RegionFailure("us-east-1", "No."),))


def test_a_failed_update_returns_to_the_old_image(deployment: Deployment) -> None:
    """Two DistributeImage in all: the roll-back starts none, and the failed image is gone."""
    deployment.deploy(golden(deployment.source_ami))
    first = deployment.outputs["ImageArn"]
    deployment.script(outcomes=[FAILING])
    run = deployment.deploy(golden(deployment.source_ami, revision="2"), check=False)
    assert run.returncode != 0
    assert deployment.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert deployment.images == [first]
    assert len(deployment.calls("DistributeImage")) == 2
    assert deployment.rules == []
    assert deployment.status_of(first) == "AVAILABLE"

    deployment.destroy()
    assert deployment.leftovers == {}


def test_a_sibling_that_fails_after_the_update_returns_to_the_old_image(deployment: Deployment) -> None:
    """The new distribution went well; what came after it did not."""
    deployment.deploy(golden(deployment.source_ami))
    first = deployment.outputs["ImageArn"]
    run = deployment.deploy(golden(deployment.source_ami, revision="2", then_fail=True), check=False)
    assert run.returncode != 0
    assert deployment.images == [first]
    assert len(deployment.calls("DistributeImage")) == 2


def test_a_failed_create_leaves_no_image(deployment: Deployment) -> None:
    """A sibling fails after the distribution: the roll-back deletes the image."""
    deployment.deploy(golden(deployment.source_ami, then_fail=True), check=False)
    assert deployment.status() == "ROLLBACK_COMPLETE"
    assert (deployment.images, deployment.rules) == ([], [])


def test_an_update_of_tags_distributes_nothing(deployment: Deployment) -> None:
    """An app-wide tag that changes with every release does not cost an hour's copying."""
    deployment.deploy(golden(deployment.source_ami, tags={"Release": "1"}))
    first = deployment.outputs["ImageArn"]
    deployment.deploy(golden(deployment.source_ami, tags={"Release": "2"}))
    assert deployment.images == [first]
    assert len(deployment.calls("DistributeImage")) == 1
    tags = deployment.aws.client("imagebuilder").list_tags_for_resource(resourceArn=first)["tags"]
    assert tags["Release"] == "2"


@pytest.mark.both_homes
def test_amis_go_with_the_stack_when_wanted(deployment: Deployment) -> None:
    """auto_delete_amis: AMIs of every Region are gone, the source AMI is not."""
    deployment.deploy(golden(deployment.source_ami, auto_delete_amis=True, amis=True))
    ami = deployment.outputs["Amiuseast1"]
    deployment.destroy()
    assert deployment.leftovers == {}
    assert (
        deployment.aws.client("ec2", "us-east-1").describe_images(Filters=[{"Name": "image-id", "Values": [ami]}])[
            "Images"
        ]
        == []
    )
    assert deployment.aws.client("ec2").describe_images(ImageIds=[deployment.source_ami])["Images"]


def test_a_retained_image_outlives_the_stack(deployment: Deployment) -> None:
    """removal_policy RETAIN: CloudFormation sends no Delete."""
    deployment.deploy(golden(deployment.source_ami, removal_policy=cdk.RemovalPolicy.RETAIN))
    image_arn = deployment.outputs["ImageArn"]
    deployment.destroy()
    assert deployment.images == [image_arn]
    assert deployment.leftovers.keys() == {"images"}
