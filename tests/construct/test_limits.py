"""Bad input is refused at synth: which argument, the value, the rule."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution, SourceImage

from .stacks import AMI_ID, CONFIGURATION_ARN, configuration_in


def declare(stack: cdk.Stack, **arguments: Any) -> ImageDistribution:
    """Declare a distribution that is well but for the arguments given."""
    return ImageDistribution(
        stack,
        "Distribution",
        **{"source_image": AMI_ID, "distribution_configuration": CONFIGURATION_ARN, **arguments},
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source_image": ""}, "source_image must be 1 to 1,024 characters long, got 0"),
        ({"source_image": "ssm:" + "x" * 1021}, "source_image must be 1 to 1,024 characters long, got 1025"),
        ({"source_image": "ssm:"}, "source_image must name a parameter after 'ssm:', got 'ssm:'"),
        ({"source_image": "ami-123"}, "8 or 17 hexadecimal digits, got 'ami-123'"),
        (
            {"source_image": "golden"},
            "source_image must be an AMI id (ami-…), an Image Builder image ARN, or",
        ),
        ({"source_image": "arn:aws:ec2:::image/x"}, "source_image must be an Image Builder image ARN"),
        (
            {"distribution_configuration": "golden"},
            "distribution_configuration must be a distribution configuration's ARN",
        ),
        (
            {"distribution_configuration": CONFIGURATION_ARN.replace("eu-west-1", "us-east-1")},
            "distribution_configuration must be in the stack's Region, eu-west-1, got one in us-east-1",
        ),
        (
            {"tags": {"aws:Team": "a"}},
            "tags must have no key that begins with 'aws:', which AWS reserves, got 'aws:Team'. Rename the key, or "
            'remove the tag: Tags.of(distribution).remove("aws:Team").',
        ),
        (
            {"tags": {"cdk-image-distribution:x": "a"}},
            "tags must have no key that begins with 'cdk-image-distribution:', an ownership tag",
        ),
        ({"tags": {"k" * 129: "a"}}, "tags must have keys of 1 to 128 characters, got 129"),
        ({"tags": {"": "a"}}, "tags must have keys of 1 to 128 characters, got 0"),
        (
            {"tags": {"a%": "a"}},
            "tags must have keys of letters, digits, white space and _ . : / = + - @ , got 'a%'. Rename",
        ),
        ({"tags": {"k": "v" * 257}}, "tags must have values of at most 256 characters, got 257 for the key 'k'"),
        (
            {"tags": {f"k{i}": "v" for i in range(46)}},
            "tags must be at most 44, since Image Builder takes 50 and 6 are ownership tags, got 46. Remove some: "
            'Tags.of(distribution).remove("k45").',
        ),
        (
            {"removal_policy": cdk.RemovalPolicy.SNAPSHOT},
            "removal_policy must be DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, got RemovalPolicy.SNAPSHOT. Pass "
            "aws_cdk.RemovalPolicy.RETAIN to keep the image",
        ),
    ],
)
def test_a_bad_argument_is_named_with_its_value_and_the_rule(
    stack: cdk.Stack, arguments: dict[str, Any], message: str
) -> None:
    """The user reads what to change, an hour before AWS would say less."""
    with pytest.raises(ValueError) as refusal:
        declare(stack, **arguments)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    "make",
    [lambda: SourceImage.from_ami_id("ami-xyz"), lambda: SourceImage.from_image_arn("arn:aws:iam::1:role/x")],
)
def test_a_bad_source_is_refused_where_it_is_made(make: Any) -> None:
    """The traceback points at the line with the typing error."""
    with pytest.raises(ValueError, match="source_image must be"):
        make()


def test_what_is_no_configuration_is_a_type_error(stack: cdk.Stack) -> None:
    """The message names the kinds that are taken and the one that was given."""
    with pytest.raises(TypeError, match=r"must be a CfnDistributionConfiguration.*got 7 \(int\)\."):
        declare(stack, distribution_configuration=7)


def test_a_configuration_in_a_stack_of_another_region_is_refused() -> None:
    """Image Builder looks for the configuration in the Region where it is called."""
    app = cdk.App()
    there = cdk.Stack(app, "There", env=cdk.Environment(account="123456789012", region="us-east-1"))
    here = cdk.Stack(app, "Here", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    with pytest.raises(ValueError, match="must be in the stack's Region, eu-west-1, got one in us-east-1"):
        declare(here, distribution_configuration=configuration_in(there))


def test_a_log_group_name_that_image_builder_refuses_is_refused(stack: cdk.Stack) -> None:
    """CloudWatch Logs takes '#' in a name, Image Builder does not."""
    with pytest.raises(ValueError, match="log_group must have a name of 1 to 512 letters"):
        declare(stack, log_group=logs.LogGroup.from_log_group_name(stack, "Log", "images#1"))


def test_a_role_name_that_image_builder_refuses_is_refused(stack: cdk.Stack) -> None:
    """The ARN must be one that the API's pattern admits."""
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::123456789012:role/a b")
    with pytest.raises(ValueError, match="execution_role must be a role with an ARN"):
        declare(stack, execution_role=role)


def test_too_many_tags_from_aspects_fail_the_synthesis(stack: cdk.Stack) -> None:
    """Tags that `Tags.of` brings are counted when every aspect has run."""
    declare(stack)
    for i in range(46):
        cdk.Tags.of(stack).add(f"k{i}", "v")
    with pytest.raises(RuntimeError, match="tags must be at most 44"):
        Template.from_stack(stack)


def test_44_tags_of_the_longest_kind_pass(stack: cdk.Stack) -> None:
    """The limits are the API's, not narrower."""
    declare(stack, tags={f"{i:0>128}": "v" * 256 for i in range(44)})
    Template.from_stack(stack)


def test_tokens_pass(stack: cdk.Stack) -> None:
    """What CloudFormation fills in is not judged at synth."""
    parameter = cdk.CfnParameter(stack, "Any").value_as_string
    declare(
        stack,
        source_image=parameter,
        distribution_configuration=parameter,
        tags={"Team": parameter},
        revision=parameter,
        log_group=logs.LogGroup.from_log_group_name(stack, "Log", parameter),
        execution_role=iam.Role.from_role_arn(stack, "Role", parameter),
    )
    Template.from_stack(stack)
