"""Distributions that hinder each other, or the next deployment, are warned of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk.assertions import Annotations, Match
from constructs import Construct

from cdk_image_distribution import ImageDistribution

from .stacks import AMI_ID, CONFIGURATION_ARN, OTHER_ACCOUNT
from .test_preflight import ACCOUNT, DATED

HERE = cdk.Environment(account=ACCOUNT, region="eu-west-1")
EXPORTED = (
    "Another stack uses ami_id() or image_arn of this distribution. CloudFormation does not change an export in use, "
    "so that the next AMI cannot be deployed. Pass machine_image() to the other stack, or read an SSM parameter there "
    "that the configuration writes, or acknowledge this. [ack: cdk-image-distribution:exportedAmi]"
)


def writing(stack: cdk.Stack, id: str, *parameters: str, region: str = "eu-west-1", **more: Any) -> ImageDistribution:
    """Declare a distribution that writes the AMI's id to SSM parameters."""
    accounts = [more["amiAccountId"]] if more else []
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        f"{id}Configuration",
        name=id.lower(),
        distributions=[
            {
                "region": region,
                "amiDistributionConfiguration": {"Name": DATED, "TargetAccountIds": [ACCOUNT, *accounts]},
                "ssmParameterConfigurations": [{"parameterName": name, **more} for name in parameters],
            }
        ],
    )
    return ImageDistribution(stack, id, source_image=AMI_ID, distribution_configuration=configuration)


def other_stack(stack: cdk.Stack, environment: cdk.Environment | None) -> cdk.Stack:
    """Make another stack of the same app."""
    assert isinstance(stack.node.scope, Construct)
    return cdk.Stack(stack.node.scope, "Other", env=environment)


def warnings(stack: cdk.Stack) -> list[str]:
    """Return what the stack is warned of, each with the construct's path."""
    found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    return [f"{message.id}: {message.entry.data}" for message in found]


def test_a_parameter_that_two_distributions_write_is_warned_of(stack: cdk.Stack) -> None:
    """At the second one; the warning names the parameter and the first one."""
    writing(stack, "Linux", "/golden/linux")
    writing(stack, "Windows", "/golden/windows", "/golden/linux")
    assert warnings(stack) == [
        "/Stack/Windows: The SSM parameter /golden/linux in eu-west-1 is written by Stack/Linux too: it has the AMI of "
        "the distribution that ends last. Write another parameter, or acknowledge this. "
        "[ack: cdk-image-distribution:sameParameter]"
    ]


def test_a_parameter_that_another_stack_writes_is_the_same(stack: cdk.Stack) -> None:
    """In the same account and Region."""
    other = other_stack(stack, HERE)
    writing(stack, "Linux", "/golden")
    writing(other, "Linux", "/golden")
    assert (len(warnings(stack)), len(warnings(other))) == (0, 1)


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        (HERE, {"region": "us-east-1"}),
        (HERE, {"amiAccountId": OTHER_ACCOUNT}),
        (cdk.Environment(account=OTHER_ACCOUNT, region="eu-west-1"), {}),
        (None, {}),
    ],
)
def test_a_parameter_of_another_place_is_another_one(
    stack: cdk.Stack, environment: cdk.Environment | None, arguments: dict[str, Any]
) -> None:
    """Of another Region, of another account, or of one that is not known."""
    other = other_stack(stack, environment)
    writing(stack, "Linux", "/golden")
    writing(other, "Linux", "/golden", **arguments)
    found = [warning for warning in [*warnings(stack), *warnings(other)] if "sameParameter" in warning]
    assert found == []


def test_two_stacks_of_no_account_are_not_compared() -> None:
    """They may be deployed to one account or to two."""
    app = cdk.App()
    stacks = [cdk.Stack(app, name) for name in ("One", "Two")]
    for stack in stacks:
        writing(stack, "Linux", "/golden")
    assert [warning for stack in stacks for warning in warnings(stack)] == []


def test_parameters_that_are_tokens_are_not_compared(stack: cdk.Stack) -> None:
    """Two references may be to the same name or not."""
    name = cdk.CfnParameter(stack, "Name").value_as_string
    writing(stack, "Linux", name)
    writing(stack, "Windows", name)
    assert warnings(stack) == []


def golden(stack: cdk.Stack) -> ImageDistribution:
    """Declare a distribution."""
    return ImageDistribution(stack, "Golden", source_image=AMI_ID, distribution_configuration=CONFIGURATION_ARN)


def output(stack: cdk.Stack, value: str) -> None:
    """Use a value in a stack."""
    cdk.CfnOutput(stack, "Used", value=value)


def grant(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    """Allow a role of a stack to read the image, which puts the image's ARN into that stack."""
    distribution.grant_read(iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")))


@pytest.mark.parametrize(
    "use",
    [
        lambda stack, distribution: output(stack, distribution.ami_id("us-east-1")),
        lambda stack, distribution: output(stack, distribution.ami_id("eu-west-1", OTHER_ACCOUNT)),
        lambda stack, distribution: output(stack, distribution.image_arn),
        grant,
    ],
)
@pytest.mark.parametrize("is_nested", [False, True])
@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_an_ami_that_another_stack_uses_is_warned_of(
    use: Callable[[cdk.Stack, ImageDistribution], None], is_nested: bool, region: str
) -> None:
    """As an export, or as what CDK makes of one for another Region; also out of a nested stack."""
    app = cdk.App()
    stack = cdk.Stack(app, "Stack", env=HERE, cross_region_references=True)
    user = cdk.Stack(app, "User", env=cdk.Environment(account=ACCOUNT, region=region), cross_region_references=True)
    owner = cdk.NestedStack(stack, "Nested") if is_nested else stack
    use(user, golden(owner))
    found = [warning for warning in warnings(stack) if "exportedAmi" in warning]
    assert found == [f"/{owner.node.path}/Golden: {EXPORTED}"]


def test_a_machine_image_is_no_export(stack: cdk.Stack) -> None:
    """In the other stack it is an SSM parameter."""
    distribution = writing(stack, "Linux", "/golden")
    machine_image = distribution.machine_image()
    user = other_stack(stack, HERE)
    output(user, machine_image.get_image(user).image_id)
    assert warnings(stack) == []


def test_what_a_stack_uses_itself_is_no_export(stack: cdk.Stack) -> None:
    """Neither in the stack, nor in one nested in it; and another export of the stack is none of the AMI's."""
    nested = cdk.NestedStack(stack, "Nested")
    distribution = golden(stack)
    output(stack, distribution.ami_id("us-east-1"))
    cdk.CfnParameter(nested, "AmiOfStack", default=distribution.ami_id("eu-west-1"))
    output(nested, distribution.ami_id("eu-west-1"))
    other = other_stack(stack, HERE)
    output(other, iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")).role_arn)
    assert warnings(stack) == []
