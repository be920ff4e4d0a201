"""A distribution is started, replaced, refused and removed by CloudFormation, as a user sees it."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from cdk_image_distribution import ImageDistribution, ImageDistributionProvider

from .deployment import Deployment
from .stacks import golden


def test_the_arn_of_the_image_is_an_output(deployment: Deployment) -> None:
    """What is deployed has called DistributeImage once, and the output is the image that exists."""
    deployment.deploy(golden(deployment.source_ami))
    assert deployment.status() == "CREATE_COMPLETE"
    assert deployment.images == [deployment.outputs["ImageArn"]]
    (call,) = deployment.calls("DistributeImage")
    assert call.parameters["sourceImage"] == deployment.source_ami

    deployment.destroy()
    assert deployment.status() is None
    assert deployment.leftovers == {}


def test_an_update_replaces_the_image_and_deletes_the_old_one(deployment: Deployment) -> None:
    """A revision, and a configuration that keeps its ARN, each distribute anew; a mere redeployment does not."""
    deployment.deploy(golden(deployment.source_ami))
    first = deployment.outputs["ImageArn"]

    deployment.deploy(golden(deployment.source_ami))
    assert deployment.outputs["ImageArn"] == first
    assert len(deployment.calls("DistributeImage")) == 1

    deployment.deploy(golden(deployment.source_ami, revision="2"))
    second = deployment.outputs["ImageArn"]
    assert second != first
    assert deployment.images == [second]

    deployment.deploy(golden(deployment.source_ami, revision="2", team="images"))
    assert deployment.images == [deployment.outputs["ImageArn"]] != [second]
    assert len(deployment.calls("DistributeImage")) == 3


def test_a_refused_create_tells_why_and_leaves_nothing(deployment: Deployment) -> None:
    """The user reads Image Builder's own words, and the rolled back stack has no image."""
    missing = "ami-00000000000000000"
    run = deployment.deploy(golden(missing), check=False)
    assert run.returncode != 0
    assert "Starting the distribution: ResourceNotFoundException: " in run.stdout
    assert missing in run.stdout
    assert deployment.status() == "ROLLBACK_COMPLETE"
    assert deployment.images == []


def test_a_function_that_may_not_distribute_is_refused(deployment: Deployment) -> None:
    """Without imagebuilder:DistributeImage the deployment fails and names the action; the log names the role."""

    def declare(stack: cdk.Stack) -> None:
        golden(deployment.source_ami)(stack)
        provider = ImageDistributionProvider.get_or_create(stack)
        role = provider.node.find_child("Role")
        assert isinstance(role, iam.Role)
        role.add_to_policy(
            iam.PolicyStatement(effect=iam.Effect.DENY, actions=["imagebuilder:DistributeImage"], resources=["*"])
        )

    run = deployment.deploy(declare, check=False)
    assert "AccessDeniedException" in run.stdout
    assert "imagebuilder:DistributeImage" in run.stdout
    assert deployment.calls("DistributeImage") == []
    assert deployment.images == []


def test_a_role_that_may_not_be_passed_is_refused(deployment: Deployment) -> None:
    """The function may pass the distribution's own role only, so another one in its place is denied."""

    def declare(stack: cdk.Stack) -> None:
        distribution = golden(deployment.source_ami)(stack)
        assert isinstance(distribution, ImageDistribution)
        other = iam.Role(stack, "Other", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"))
        resource = distribution.node.default_child
        assert isinstance(resource, cdk.CfnResource)
        resource.add_property_override("ExecutionRole", other.role_arn)

    run = deployment.deploy(declare, check=False)
    assert "iam:PassRole" in run.stdout
    assert deployment.images == []
