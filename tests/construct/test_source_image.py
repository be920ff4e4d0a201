"""The ways to name a source, and what each puts into the template."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution, SourceImage

from .stacks import AMI_ID, CONFIGURATION_ARN

IMAGE_ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0/1"


def source_in(stack: cdk.Stack, source_image: str | SourceImage | ec2.IMachineImage | ssm.IStringParameter) -> object:
    """Return the SourceImage property that a source ends up as."""
    ImageDistribution(stack, "Distribution", source_image=source_image, distribution_configuration=CONFIGURATION_ARN)
    (resource,) = Template.from_stack(stack).find_resources("Custom::ImageDistribution").values()
    return resource["Properties"]["SourceImage"]


@pytest.mark.parametrize(
    ("source_image", "expected"),
    [
        (AMI_ID, AMI_ID),
        ("ssm:/golden/ami", "ssm:/golden/ami"),
        (IMAGE_ARN, IMAGE_ARN),
        (SourceImage.from_ami_id(AMI_ID), AMI_ID),
        (SourceImage.from_ssm_reference("/golden/ami"), "ssm:/golden/ami"),
        (SourceImage.from_image_arn(IMAGE_ARN), IMAGE_ARN),
        (SourceImage.from_image_arn(IMAGE_ARN.removesuffix("/1")), IMAGE_ARN.removesuffix("/1")),
    ],
)
def test_a_literal_source_is_passed_as_it_is(stack: cdk.Stack, source_image: str | SourceImage, expected: str) -> None:
    """Strings and the literal kinds of SourceImage reach the template unchanged."""
    assert source_in(stack, source_image) == expected


def test_a_parameter_name_is_read_by_cloudformation_at_each_deployment(stack: cdk.Stack) -> None:
    """It becomes a template parameter of the type that CloudFormation resolves to an AMI's id."""
    source = source_in(stack, SourceImage.from_ssm_parameter("/golden/ami"))
    assert isinstance(source, dict)
    Template.from_stack(stack).has_parameter(
        source["Ref"], {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/golden/ami"}
    )


@pytest.mark.parametrize("is_direct", [True, False])
def test_a_parameter_of_the_app_is_read_by_its_value(stack: cdk.Stack, is_direct: bool) -> None:
    """An IStringParameter gives whatever its own value resolves to, passed directly or in a SourceImage."""
    parameter = ssm.StringParameter(stack, "Parameter", string_value=AMI_ID)
    source = source_in(stack, parameter if is_direct else SourceImage.from_ssm_parameter(parameter))
    assert source == {"Fn::GetAtt": ["Parameter9E1B4FBA", "Value"]}


def test_an_imported_parameter_is_a_source(stack: cdk.Stack) -> None:
    """To Python it is a proxy without a class of its own."""
    parameter = ssm.StringParameter.from_string_parameter_name(stack, "Parameter", "/golden/ami")
    assert source_in(stack, parameter) == {"Ref": "ParameterParameter"}


@pytest.mark.parametrize("is_direct", [True, False])
def test_any_machine_image_is_a_source(stack: cdk.Stack, is_direct: bool) -> None:
    """An IMachineImage gives the AMI that it finds for the stack's Region, passed directly or in a SourceImage."""
    machine_image = ec2.MachineImage.generic_linux({"eu-west-1": AMI_ID})
    assert source_in(stack, machine_image if is_direct else SourceImage.from_machine_image(machine_image)) == AMI_ID


def test_a_token_passes_unchecked(stack: cdk.Stack) -> None:
    """What is not known before the deployment is not judged before it."""
    parameter = cdk.CfnParameter(stack, "Source")
    assert source_in(stack, parameter.value_as_string) == {"Ref": "Source"}
