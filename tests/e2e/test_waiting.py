"""A deployment ends when the AMIs are there, or fails with the reason."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from local_aws import Outcome, RegionFailure

from .deployment import Deployment
from .stacks import REGIONS, golden


def shorten(stack: cdk.Stack, *waits: str) -> None:
    """Let these wait resources give up after 160 seconds of the function's time: eight here, with minutes of three."""
    for wait in waits:
        resource = stack.node.find_child("Distribution").node.find_child(wait)
        assert isinstance(resource, cdk.CfnResource)
        resource.add_property_override("Seconds", "160")


@pytest.mark.both_homes
def test_the_amis_of_a_finished_distribution_are_outputs(deployment: Deployment) -> None:
    """The stack completes when the image is AVAILABLE; each output is the AMI that EC2 has in that Region."""
    deployment.deploy(golden(deployment.source_ami, amis=True))
    assert deployment.status_of(deployment.outputs["ImageArn"]) == "AVAILABLE"
    for region in REGIONS:
        ami = deployment.outputs["Ami" + region.replace("-", "")]
        (found,) = deployment.aws.client("ec2", region).describe_images(ImageIds=[ami])["Images"]
        assert {"Key": "Team", "Value": "platform"} in found["Tags"]
    assert deployment.rules == []


def test_a_region_that_fails_fails_the_deployment_with_its_reason(deployment: Deployment) -> None:
    """The user reads Region and message; the roll-back leaves no image and no rule."""
    failure = RegionFailure("us-east-1", "Insufficient permission to use the KMS key", step="DISTRIBUTE_AMI")
    deployment.script(outcomes=[Outcome(failures=(failure,))])
    run = deployment.deploy(golden(deployment.source_ami), check=False)
    assert run.returncode != 0
    assert "us-east-1 FAILED at DISTRIBUTE_AMI: Insufficient permission to use the KMS key" in run.stdout
    assert "by its key policy" in run.stdout
    assert deployment.status() == "ROLLBACK_COMPLETE"
    assert (deployment.images, deployment.rules) == ([], [])


def test_a_timeout_says_what_to_raise_and_the_roll_back_cancels(deployment: Deployment) -> None:
    """It hangs: the wait gives up, the image is cancelled and deleted."""

    def declare(stack: cdk.Stack) -> None:
        golden(deployment.source_ami)(stack)
        shorten(stack, "Wait")

    deployment.script(outcomes=[Outcome(hang="DISTRIBUTING")])
    run = deployment.deploy(declare, check=False)
    assert "Still DISTRIBUTING after 3 minutes. Raise timeout=" in run.stdout
    assert len(deployment.calls("CancelImageCreation")) >= 1
    assert (deployment.images, deployment.rules) == ([], [])


def test_a_chain_of_two_parts_waits_as_one(deployment: Deployment) -> None:
    """The first part ends while it is DISTRIBUTING, the second sees it AVAILABLE."""

    def declare(stack: cdk.Stack) -> None:
        golden(deployment.source_ami, amis=True, timeout=cdk.Duration.minutes(61))(stack)
        shorten(stack, "WaitSegment1")

    deployment.script(outcomes=[Outcome(distributing=12)])
    run = deployment.deploy(declare)
    assert run.stdout.count("CREATE_COMPLETE         | Custom::ImageDistributionWait") == 2
    assert deployment.status_of(deployment.outputs["ImageArn"]) == "AVAILABLE"
    assert deployment.rules == []


def test_without_waiting_the_stack_completes_while_it_runs(deployment: Deployment) -> None:
    """`wait=False`: an image that runs is good enough; the destroy cancels it."""
    deployment.script(outcomes=[Outcome(hang="DISTRIBUTING")])
    deployment.deploy(golden(deployment.source_ami, wait=False))
    assert deployment.status_of(deployment.outputs["ImageArn"]) in ("PENDING", "DISTRIBUTING")
    deployment.destroy()
    assert deployment.leftovers == {}
