"""The function in a VPC."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Match, Template

from cdk_image_distribution import ImageDistributionProvider

from .stacks import vpc_in
from .test_provider import declare


def test_function_without_a_vpc_has_no_connections(stack: cdk.Stack) -> None:
    """The message says what is missing."""
    with pytest.raises(ValueError, match="vpc must be given for connections, got None"):
        _ = ImageDistributionProvider(stack, "Provider").connections


def test_the_function_can_be_in_a_vpc(stack: cdk.Stack) -> None:
    """In these subnets and security groups, with what Lambda needs there and no more."""
    declare(
        stack,
        provider=ImageDistributionProvider(
            stack,
            "Provider",
            vpc=vpc_in(stack),
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0")],
        ),
    )
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"VpcConfig": {"SecurityGroupIds": ["sg-0123456789abcdef0"], "SubnetIds": ["subnet-0123456789abcdef1"]}},
    )
    network = {
        "Action": [
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ],
        "Effect": "Allow",
        "Resource": "*",
    }
    template.has_resource_properties("AWS::IAM::Policy", {"PolicyDocument": {"Statement": Match.array_with([network])}})


def test_a_vpc_brings_a_security_group_if_none_is_given(stack: cdk.Stack) -> None:
    """As CDK's own functions do."""
    declare(stack, provider=ImageDistributionProvider(stack, "Provider", vpc=vpc_in(stack)))
    Template.from_stack(stack).resource_count_is("AWS::EC2::SecurityGroup", 1)


def test_subnets_without_a_vpc_are_refused(stack: cdk.Stack) -> None:
    """CDK would ignore them in silence."""
    with pytest.raises(ValueError, match="vpc must be given if vpc_subnets or security_groups are given, got None"):
        ImageDistributionProvider(stack, "Provider", vpc_subnets=ec2.SubnetSelection())
    with pytest.raises(ValueError, match="vpc must be given if vpc_subnets or security_groups are given, got None"):
        ImageDistributionProvider(stack, "Other", security_groups=[])
