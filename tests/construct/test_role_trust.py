"""A role of the app that Image Builder cannot assume stops the synthesis."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution

from .stacks import AMI_ID, CONFIGURATION_ARN
from .test_preflight import problems

IMAGE_BUILDER = iam.ServicePrincipal("imagebuilder.amazonaws.com")
EC2 = iam.ServicePrincipal("ec2.amazonaws.com")


def declare(stack: cdk.Stack, role: iam.IRole) -> None:
    """Declare a distribution with a role."""
    ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=CONFIGURATION_ARN,
        execution_role=role,
    )


@pytest.mark.parametrize(
    ("principal", "shown"),
    [
        (EC2, "ec2.amazonaws.com"),
        (
            iam.CompositePrincipal(EC2, iam.ServicePrincipal("lambda.amazonaws.com")),
            "ec2.amazonaws.com, lambda.amazonaws.com",
        ),
        (iam.ServicePrincipal("imagebuilder.amazon.com"), "imagebuilder.amazon.com"),
        (iam.AccountPrincipal("210987654321"), None),
        (iam.FederatedPrincipal("cognito", {}, "sts:AssumeRoleWithWebIdentity"), "nobody"),
    ],
)
def test_a_role_that_does_not_trust_image_builder_is_an_error(
    stack: cdk.Stack, principal: iam.PrincipalBase, shown: str | None
) -> None:
    """The message has the role, whom it trusts, and how to make one that Image Builder can assume."""
    declare(stack, iam.Role(stack, "Role", assumed_by=principal))
    found = problems(stack)
    if shown is None:
        # The partition of the principal's ARN is a token.
        assert found == []
        return
    assert found == [
        f"execution_role must be a role that trusts imagebuilder.amazonaws.com, got Stack/Role/Resource with trust in "
        f"{shown}. Make it with assumed_by=aws_iam.ServicePrincipal('imagebuilder.amazonaws.com'), or add that to its "
        "trust policy."
    ]


@pytest.mark.parametrize(
    "principal",
    [
        IMAGE_BUILDER,
        iam.ServicePrincipal("imagebuilder.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": "1"}}),
        iam.CompositePrincipal(EC2, IMAGE_BUILDER),
        iam.StarPrincipal(),
        iam.ServicePrincipal(cdk.Fn.import_value("Service")),
    ],
)
def test_a_role_that_trusts_image_builder_passes(stack: cdk.Stack, principal: iam.PrincipalBase) -> None:
    """Alone, with a condition, among others, or by what only CloudFormation knows."""
    declare(stack, iam.Role(stack, "Role", assumed_by=principal))
    assert problems(stack) == []


def test_the_lifecycle_role_is_checked_too(stack: cdk.Stack) -> None:
    """Image Builder assumes it to delete the AMIs."""
    ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=CONFIGURATION_ARN,
        auto_delete_amis=True,
        lifecycle_role=iam.Role(stack, "Role", assumed_by=EC2),
    )
    (problem,) = problems(stack)
    assert problem.startswith("lifecycle_role must be a role that trusts imagebuilder.amazonaws.com, got Stack/Role/")


def test_trust_that_a_later_line_adds_counts(stack: cdk.Stack) -> None:
    """By the policy, and by the resource's property."""
    role = iam.Role(stack, "Role", assumed_by=EC2)
    declare(stack, role)
    assert problems(stack) != []
    assert role.assume_role_policy is not None
    role.assume_role_policy.add_statements(iam.PolicyStatement(actions=["sts:AssumeRole"], principals=[IMAGE_BUILDER]))
    assert problems(stack) == []


def test_an_imported_role_is_not_judged(stack: cdk.Stack) -> None:
    """Its trust is not in the app."""
    declare(stack, iam.Role.from_role_name(stack, "Role", "distributor"))
    Template.from_stack(stack)


def test_trust_written_into_the_resource_counts(stack: cdk.Stack) -> None:
    """The escape hatch for what the L2 does not say."""
    role = iam.Role(stack, "Role", assumed_by=EC2)
    resource: Any = role.node.default_child
    resource.assume_role_policy_document = {
        "Statement": {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "imagebuilder.amazonaws.com"},
        }
    }
    declare(stack, role)
    assert problems(stack) == []
