"""Distributions that are removed, renamed, added and changed in a stack that stays, with IAM enforced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder

from cdk_image_distribution import ImageDistribution
from local_aws import Fault

from .deployment import Declare, Deployment
from .stacks import REGIONS

LIFECYCLE_POLICY = "service-role/EC2ImageBuilderLifecycleExecutionPolicy"


def distributions(
    source_ami: str, of: Mapping[str, Mapping[str, Any]], *, then_fail: bool = False, in_sequence: bool = False
) -> Declare:
    """Declare a distribution for each construct id, with the arguments given for it.

    Args:
        source_ami: The AMI.
        of: Arguments of ImageDistribution by construct id; a callable is called with the stack.
        then_fail: Whether a resource that cannot be created comes after all of them.
        in_sequence: Whether each distribution depends on the one before.
    """

    def declare(stack: cdk.Stack) -> None:
        settings = {"Name": "golden-{{ imagebuilder:buildDate }}"}
        made: list[ImageDistribution] = []
        for id, arguments in of.items():
            configuration = imagebuilder.CfnDistributionConfiguration(
                stack,
                f"{id}Configuration",
                name=f"{stack.stack_name}-{id}".lower(),
                distributions=[{"region": region, "amiDistributionConfiguration": settings} for region in REGIONS],
            )
            given = {name: value(stack) if callable(value) else value for name, value in arguments.items()}
            distribution = ImageDistribution(
                stack, id, source_image=source_ami, distribution_configuration=configuration, **given
            )
            cdk.CfnOutput(stack, f"{id}Arn", value=distribution.image_arn)
            if in_sequence and made:
                distribution.node.add_dependency(made[-1])
            made.append(distribution)
        if then_fail:
            failing = imagebuilder.CfnDistributionConfiguration(
                stack, "Failing", name=f"{stack.stack_name}-{next(iter(of))}".lower(), distributions=[{"region": "x"}]
            )
            failing.node.add_dependency(*made)

    return declare


def amis(deployment: Deployment) -> set[str]:
    """Return the ids of the AMIs that distributions made in us-east-1."""
    ec2 = deployment.aws.client("ec2", "us-east-1")
    return {ami["ImageId"] for ami in ec2.describe_images(Owners=["self"])["Images"]}


AUTO: dict[str, Any] = {"auto_delete_amis": True}


@pytest.mark.both_homes
def test_removed_distribution_is_deleted_with_its_amis(deployment: Deployment) -> None:
    """Next to a plain distribution and one with auto_delete_amis, which depend on each other."""
    before = amis(deployment)
    three = {"Plain": {}, "Gone": AUTO, "Auto": AUTO}
    deployment.deploy(distributions(deployment.source_ami, three, in_sequence=True))
    assert len(amis(deployment) - before) == 3
    deployment.deploy(distributions(deployment.source_ami, {"Plain": {}, "Auto": AUTO}, in_sequence=True))
    assert sorted(deployment.images) == sorted(deployment.outputs.values())
    assert len(amis(deployment) - before) == 2
    assert len(deployment.calls("DistributeImage")) == 3
    deployment.destroy()
    assert deployment.leftovers == {}
    assert len(amis(deployment) - before) == 1


def test_renamed_distribution_and_auto_delete_switched_off_delete_the_old_amis(deployment: Deployment) -> None:
    """The old image's Delete needs permissions that nothing else in the new template asks for."""
    before = amis(deployment)
    deployment.deploy(distributions(deployment.source_ami, {"Old": AUTO}))
    deployment.deploy(distributions(deployment.source_ami, {"New": AUTO}))
    assert deployment.images == list(deployment.outputs.values())
    deployment.deploy(distributions(deployment.source_ami, {"New": {"revision": "2"}}))
    assert deployment.images == list(deployment.outputs.values())
    assert len(amis(deployment) - before) == 1
    deployment.destroy()
    assert deployment.leftovers == {}


def test_distribution_added_by_an_update_that_rolls_back_leaves_nothing(deployment: Deployment) -> None:
    """Its image and its AMIs are deleted; the distribution that was there before is as it was."""
    before = amis(deployment)
    deployment.deploy(distributions(deployment.source_ami, {"Plain": {}}))
    two = {"Plain": {}, "Added": AUTO}
    run = deployment.deploy(distributions(deployment.source_ami, two, then_fail=True), check=False)
    assert run.returncode != 0
    assert deployment.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert deployment.images == list(deployment.outputs.values())
    assert len(amis(deployment) - before) == 1
    assert deployment.rules == []


def test_role_of_the_user_that_changes_with_the_source_passes_for_the_old_image(deployment: Deployment) -> None:
    """The policy for the old role goes only after the old image was deleted with it."""

    def role(id: str) -> Any:
        return lambda stack: iam.Role(
            stack,
            id,
            assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(LIFECYCLE_POLICY)],
        )

    before = amis(deployment)
    first = {"Only": {**AUTO, "lifecycle_role": role("First")}}
    deployment.deploy(distributions(deployment.source_ami, first))
    second = {"Only": {**AUTO, "lifecycle_role": role("Second"), "revision": "2"}}
    deployment.deploy(distributions(deployment.source_ami, second))
    assert deployment.images == list(deployment.outputs.values())
    assert len(amis(deployment) - before) == 1
    deployment.destroy()
    assert deployment.leftovers == {}
    assert amis(deployment) == before


def test_retained_images_survive_every_later_update(deployment: Deployment) -> None:
    """RETAIN, revisions 1, 2, 1 and 3, then DESTROY with auto_delete_amis, then the stack's deletion."""
    retain = {"removal_policy": cdk.RemovalPolicy.RETAIN}
    retained = []
    for revision in ("1", "2", "1", "3"):
        deployment.deploy(distributions(deployment.source_ami, {"Only": {**retain, "revision": revision}}))
        retained.append(deployment.outputs["OnlyArn"])
    assert len(set(retained)) == len(deployment.calls("DistributeImage")) == 4
    kept = amis(deployment)
    deployment.deploy(distributions(deployment.source_ami, {"Only": {**AUTO, "revision": "3"}}))
    deployment.destroy()
    assert sorted(deployment.images) == sorted(retained[:-1])
    assert len(kept - amis(deployment)) == 1


def test_create_that_failed_without_a_rollback_is_deployed_again(deployment: Deployment) -> None:
    """`cdk deploy --no-rollback`: the failed resource is deleted after the new one was created, which survives."""
    deployment.script(faults=[Fault("DistributeImage", "InvalidRequestException", "No.", times=None)])
    declare = distributions(deployment.source_ami, {"Only": {}})
    run = deployment.deploy(declare, check=False, rollback=False)
    assert run.returncode != 0
    assert deployment.status() == "CREATE_FAILED"
    deployment.script()
    deployment.deploy(declare, rollback=False)
    assert deployment.images == list(deployment.outputs.values())
    assert deployment.status_of(deployment.outputs["OnlyArn"]) == "AVAILABLE"
    deployment.destroy()
    assert deployment.leftovers == {}


def test_denials_until_iam_has_propagated_do_not_fail_a_first_deployment(deployment: Deployment) -> None:
    """AccessDenied for a minute and a half of the function's time, as after the creation of its role."""
    message = "User: x is not authorized to perform: imagebuilder:DistributeImage on resource: y"
    deployment.script(faults=[Fault("DistributeImage", "AccessDeniedException", message, 403, times=8)])
    deployment.deploy(distributions(deployment.source_ami, {"Only": {}}))
    assert deployment.images == list(deployment.outputs.values())
    assert deployment.rules == []
