"""What a configuration names must be in the Region that it is named for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk_image_distribution import ImageDistribution

from .stacks import AMI_ID, KEY_ARN
from .test_preflight import ACCOUNT, DATED, problems, to, warnings

WRONG_KEY = (
    "distribution_configuration, Region us-east-1: KmsKeyId must be a key of that Region, got one of eu-west-1. "
    "Name a key in us-east-1: the AMI is encrypted there."
)


@pytest.fixture
def app() -> cdk.App:
    """An empty app, which has said how its stacks refer to each other."""
    return cdk.App(analytics_reporting=False, context={"@aws-cdk/core:defaultCrossStackReferences": "strong"})


def stack_in(app: Construct, id: str, region: str | None) -> cdk.Stack:
    """Make a stack in a Region, or in any."""
    return cdk.Stack(
        app, id, env=cdk.Environment(account=ACCOUNT, region=region) if region else None, cross_region_references=True
    )


def distribute(
    app: Construct, region: str, *, key: str | None = None, template: str = "", parameter: str = ""
) -> cdk.Stack:
    """Declare a distribution from eu-west-1 to a Region, with what is named."""
    stack = stack_in(app, "Stack", "eu-west-1")
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        "Configuration",
        name="golden",
        distributions=[
            {
                **to(region, Name=DATED, **({"KmsKeyId": key} if key else {})),
                **({"launchTemplateConfigurations": [{"launchTemplateId": template}]} if template else {}),
                **({"ssmParameterConfigurations": [{"parameterName": parameter}]} if parameter else {}),
            }
        ],
    )
    ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration)
    return stack


def arn(stack: cdk.Stack) -> str:
    """Return the ARN of a key."""
    return kms.Key(stack, "Key").key_arn


def id_of(stack: cdk.Stack) -> str:
    """Return the id of a key."""
    return kms.Key(stack, "Key").key_id


def alias(stack: cdk.Stack) -> str:
    """Return the ARN of an alias."""
    return kms.Alias(stack, "Alias", alias_name="alias/golden", target_key=kms.Key(stack, "Key")).alias_arn


def replica(stack: cdk.Stack) -> str:
    """Return the ARN of a replica of a key."""
    return kms.CfnReplicaKey(stack, "Replica", primary_key_arn=KEY_ARN, key_policy={}).attr_arn


def nested(stack: cdk.Stack) -> str:
    """Return the ARN of a key in a nested stack."""
    return arn(cdk.NestedStack(stack, "Nested"))


KEYS = [arn, id_of, alias, replica, nested]


@pytest.mark.parametrize("make", KEYS)
@pytest.mark.parametrize("is_own_stack", [True, False])
def test_a_key_of_another_region_is_refused(app: cdk.App, make: Callable[[cdk.Stack], str], is_own_stack: bool) -> None:
    """Image Builder would refuse the copy there, after the deployment has begun."""
    stack = distribute(app, "us-east-1")
    keys = stack if is_own_stack else stack_in(app, "Keys", "eu-west-1")
    (configuration,) = stack.node.children[:1]
    assert isinstance(configuration, imagebuilder.CfnDistributionConfiguration)
    distributions: list[Any] = [to("us-east-1", Name=DATED, KmsKeyId=make(keys))]
    configuration.distributions = distributions
    assert problems(stack) == [WRONG_KEY]


@pytest.mark.parametrize("make", KEYS)
def test_a_key_of_the_target_region_passes(app: cdk.App, make: Callable[[cdk.Stack], str]) -> None:
    """CDK passes what a stack of another Region makes."""
    stack = distribute(app, "us-east-1", key=make(stack_in(app, "Keys", "us-east-1")))
    assert (problems(stack), warnings(stack)) == ([], [])


def primary_id(stack: cdk.Stack) -> str:
    """Return the id of a key that has replicas in other Regions."""
    return kms.CfnKey(stack, "Key", key_policy={}, multi_region=True).ref


def replica_id(stack: cdk.Stack) -> str:
    """Return the id of a replica."""
    return kms.CfnReplicaKey(stack, "Replica", primary_key_arn=KEY_ARN, key_policy={}).ref


def alias_name(stack: cdk.Stack) -> str:
    """Return the name of an alias, which each Region may have."""
    return kms.Alias(stack, "Alias", alias_name="alias/golden", target_key=kms.Key(stack, "Key")).alias_name


def alias_reference(stack: cdk.Stack) -> str:
    """Return a reference to an alias, which is its name."""
    return kms.CfnAlias(stack, "Alias", alias_name="alias/golden", target_key_id=KEY_ARN).ref


def value(stack: cdk.Stack) -> str:
    """Return the value of a stack's parameter."""
    return cdk.CfnParameter(stack, "Value").value_as_string


def attribute(stack: cdk.Stack) -> str:
    """Return the answer of a custom resource."""
    return cdk.CustomResource(stack, "Resource", service_token="arn:aws:lambda:eu-west-1:1:function:f").get_att_string(
        "KeyArn"
    )


@pytest.mark.parametrize("make", [primary_id, replica_id, alias_name, alias_reference, value, attribute])
def test_what_may_be_of_any_region_passes(app: cdk.App, make: Callable[[cdk.Stack], str]) -> None:
    """The id of a multi-Region key, the name of an alias, and what only CloudFormation knows."""
    stack = distribute(app, "us-east-1", key=make(stack_in(app, "Keys", "eu-west-1")))
    assert (problems(stack), warnings(stack)) == ([], [])


def test_a_key_of_a_stack_for_any_region_passes() -> None:
    """Its Region is known at deployment only."""
    app = cdk.App(analytics_reporting=False)
    stack = cdk.Stack(app, "Stack")
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack, "Configuration", name="golden", distributions=[to("us-east-1", KmsKeyId=arn(stack))]
    )
    ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration)
    assert problems(stack) == []


def test_a_launch_template_of_another_region_is_refused(app: cdk.App) -> None:
    """Its id is known in its own Region only."""
    template = ec2.LaunchTemplate(stack_in(app, "Templates", "us-east-1"), "Template").launch_template_id
    assert template is not None
    stack = distribute(app, "eu-west-1", template=template)
    assert problems(stack) == [
        "distribution_configuration, Region eu-west-1: LaunchTemplateId must be a launch template of that Region, got "
        "one of us-east-1. Name a launch template in eu-west-1."
    ]


def test_a_launch_template_of_the_target_region_passes(app: cdk.App) -> None:
    """Made in a stack there."""
    template = ec2.LaunchTemplate(stack_in(app, "Templates", "us-east-1"), "Template").launch_template_id
    assert template is not None
    stack = distribute(app, "us-east-1", template=template)
    assert (problems(stack), warnings(stack)) == ([], [])


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_a_parameter_of_another_region_is_warned_of(app: cdk.App, region: str) -> None:
    """Image Builder makes another one of the same name."""
    made = ssm.StringParameter(stack_in(app, "Parameters", "us-east-1"), "Parameter", string_value=AMI_ID)
    stack = distribute(app, region, parameter=made.parameter_name)
    warning = (
        "distribution_configuration, Region eu-west-1: Image Builder writes an SSM parameter in eu-west-1, and "
        "ParameterName is that of one in us-east-1, which never gets an AMI. Name a parameter in eu-west-1, or "
        "acknowledge this. [ack: cdk-image-distribution:parameterRegion]"
    )
    assert (problems(stack), warnings(stack)) == ([], [] if region == "us-east-1" else [warning])
