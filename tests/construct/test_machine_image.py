"""`machine_image()`: the AMI for launch templates, instances and auto scaling groups of any stack."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk.assertions import Match, Template

from cdk_image_distribution import ImageDistribution, SourceImage

from .stacks import AMI_ID, CONFIGURATION_ARN, OTHER_ACCOUNT, configuration_in, vpc_in

ACCOUNT = "123456789012"


def declare(stack: cdk.Stack, **arguments: Any) -> ImageDistribution:
    """Declare a distribution to two Regions and two accounts, with an SSM parameter for most of them."""
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        "Configuration",
        name="golden",
        distributions=[
            {
                "region": region,
                "amiDistributionConfiguration": {
                    "Name": "golden-{{ imagebuilder:buildDate }}",
                    "TargetAccountIds": [ACCOUNT, OTHER_ACCOUNT],
                },
                "ssmParameterConfigurations": parameters,
            }
            for region, parameters in (
                (stack.region, [{"parameterName": "/golden/home"}]),
                ("us-east-1", [{"parameterName": "/golden/theirs", "amiAccountId": OTHER_ACCOUNT}]),
            )
        ],
    )
    return ImageDistribution(
        stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration, **arguments
    )


def stack_in(scope: cdk.Stack, region: str | None, account: str | None = ACCOUNT) -> cdk.Stack:
    """Return another stack of the app."""
    app = scope.node.root
    assert isinstance(app, cdk.App)
    return cdk.Stack(app, "Consumer", env=cdk.Environment(account=account, region=region))


def image_of(stack: cdk.Stack) -> Any:
    """Return the `ImageId` of the stack's one launch template."""
    (template,) = Template.from_stack(stack).find_resources("AWS::EC2::LaunchTemplate").values()
    return template["Properties"]["LaunchTemplateData"]["ImageId"]


def test_launch_template_of_the_own_stack_refers_to_the_ami(stack: cdk.Stack) -> None:
    """The reference is the wait's attribute, so the launch template is made when the AMI exists."""
    ec2.LaunchTemplate(stack, "Template", machine_image=declare(stack).machine_image())
    (wait,) = Template.from_stack(stack).find_resources("Custom::ImageDistributionWait")
    assert image_of(stack) == {"Fn::GetAtt": [wait, "AmiId.eu-west-1"]}


def test_own_stack_may_have_no_region() -> None:
    """The AMI is then the one in AWS::Region."""
    stack = cdk.Stack(cdk.App(), "Stack")
    ec2.LaunchTemplate(stack, "Template", machine_image=declare(stack).machine_image())
    assert "Fn::GetAtt" in image_of(stack)


def test_nested_stack_gets_the_ami_as_a_parameter(stack: cdk.Stack) -> None:
    """Nested stacks are deployed with their parent, so there is neither an export nor an SSM parameter."""
    nested = cdk.NestedStack(stack, "Nested")
    ec2.LaunchTemplate(nested, "Template", machine_image=declare(stack).machine_image())
    assert list(image_of(nested)) == ["Ref"]
    (parameter,) = Template.from_stack(nested).find_parameters("*").values()
    assert parameter == {"Type": "String"}
    assert Template.from_stack(stack).find_outputs("*") == {}


@pytest.mark.parametrize(
    ("region", "account", "name"),
    [("eu-west-1", ACCOUNT, "/golden/home"), ("us-east-1", OTHER_ACCOUNT, "/golden/theirs")],
)
def test_another_stack_reads_the_parameter_of_its_region_and_account(
    stack: cdk.Stack, region: str, account: str, name: str
) -> None:
    """It is deployed after the distribution, which exports nothing."""
    consumer = stack_in(stack, region, account)
    ec2.LaunchTemplate(consumer, "Template", machine_image=declare(stack).machine_image())
    (parameter,) = Template.from_stack(consumer).find_parameters("*", {"Default": name}).items()
    assert parameter[1]["Type"] == "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    assert image_of(consumer) == {"Ref": parameter[0]}
    assert [dependency.node.path for dependency in consumer.dependencies] == ["Stack"]
    assert Template.from_stack(stack).find_outputs("*") == {}


def test_two_stacks_without_a_region_are_in_one() -> None:
    """As CDK itself assumes."""
    app = cdk.App()
    stack, consumer = cdk.Stack(app, "Stack"), cdk.Stack(app, "Consumer")
    ec2.LaunchTemplate(consumer, "Template", machine_image=declare(stack).machine_image())
    Template.from_stack(consumer).has_parameter("*", {"Default": "/golden/home"})


def test_stack_of_another_stage_reads_the_parameter(stack: cdk.Stack) -> None:
    """Stages are deployed apart, so the order is the user's."""
    app = stack.node.root
    assert isinstance(app, cdk.App)
    stage = cdk.Stage(app, "Stage", env=cdk.Environment(account=ACCOUNT, region="eu-west-1"))
    consumer = cdk.Stack(stage, "Consumer")
    ec2.LaunchTemplate(consumer, "Template", machine_image=declare(stack).machine_image())
    assert consumer.dependencies == []
    Template.from_stack(consumer).has_parameter("*", {"Default": "/golden/home"})


@pytest.mark.parametrize(
    ("region", "account", "entry"),
    [
        ("us-east-1", ACCOUNT, "{'parameterName': '/golden/ami'}"),
        ("ap-south-1", OTHER_ACCOUNT, f"{{'parameterName': '/golden/ami', 'amiAccountId': '{OTHER_ACCOUNT}'}}"),
    ],
)
def test_stack_without_a_parameter_is_told_how_to_write_one(
    stack: cdk.Stack, region: str, account: str, entry: str
) -> None:
    """No other account's parameter, and no other Region's, is read."""
    image, consumer = declare(stack).machine_image(), stack_in(stack, region, account)
    message = (
        f"ssmParameterConfigurations must have an SSM parameter in Region {region} and account {account} for "
        f"machine_image() in stack Consumer, got none. Add 'ssmParameterConfigurations': [{entry}] to the entry of "
        "that Region in the distribution configuration."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        image.get_image(consumer)
    with pytest.raises(RuntimeError, match=re.escape(message)):
        ec2.LaunchTemplate(consumer, "T", machine_image=image)


@pytest.mark.parametrize(
    ("own", "consumer", "named"),
    [(("eu-west-1", ACCOUNT), (None, ACCOUNT), "Consumer"), ((None, None), ("us-east-1", ACCOUNT), "Own")],
)
def test_stack_whose_environment_is_unknown_is_named(
    own: tuple[str | None, str | None], consumer: tuple[str | None, str | None], named: str
) -> None:
    """Without account and Region of both stacks, no parameter can be known to be the right one."""
    made = cdk.Stack(cdk.App(), "Own", env=cdk.Environment(region=own[0], account=own[1]))
    image = declare(made).machine_image()
    message = rf"env of stack {named} must have an account and a Region for .*, got account .* and Region \(unknown\)"
    with pytest.raises(ValueError, match=message):
        image.get_image(stack_in(made, *consumer))


def test_stacks_of_one_unknown_environment_are_told_how_to_write_a_parameter() -> None:
    """An `env` would not help: the configuration writes no parameter in the Region of both stacks."""
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    distribution = ImageDistribution(
        stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration_in(stack)
    )
    with pytest.raises(ValueError, match=r"in Region \(unknown\) and account \(unknown\) .*, got none\. Add"):
        distribution.machine_image().get_image(cdk.Stack(app, "Consumer"))


def test_parameter_with_a_token_for_a_name_is_refused(stack: cdk.Stack) -> None:
    """The name is written into the template's parameters, which take no references."""
    name = cdk.CfnParameter(stack, "Name").value_as_string
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        "Configuration",
        name="golden",
        distributions=[{"region": "us-east-1", "ssmParameterConfigurations": [{"parameterName": name}]}],
    )
    distribution = ImageDistribution(
        stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration
    )
    with pytest.raises(ValueError, match=r"parameterName must be text for .*, got a token\. Write the same text"):
        distribution.machine_image().get_image(stack_in(stack, "us-east-1"))


def test_configuration_by_arn_serves_the_own_stack_only(stack: cdk.Stack) -> None:
    """What it writes elsewhere is not known."""
    distribution = ImageDistribution(
        stack, "Distribution", source_image=AMI_ID, distribution_configuration=CONFIGURATION_ARN
    )
    ec2.LaunchTemplate(stack, "Template", machine_image=distribution.machine_image())
    assert "Fn::GetAtt" in image_of(stack)
    with pytest.raises(ValueError, match=r"must be a construct of this app for .*, got its ARN\. Call ec2"):
        distribution.machine_image().get_image(stack_in(stack, "us-east-1"))


def test_distribution_without_waiting_has_no_machine_image(stack: cdk.Stack) -> None:
    """The AMI may not exist when its user is deployed."""
    with pytest.raises(ValueError, match=r"wait must be True for machine_image\(\)"):
        declare(stack, wait=False).machine_image()


def test_instance_and_auto_scaling_group_take_it(stack: cdk.Stack) -> None:
    """Windows gets its own kind of user data, and the user's own is passed on."""
    distribution, vpc = declare(stack), vpc_in(stack)
    windows = distribution.machine_image(os=ec2.OperatingSystemType.WINDOWS)
    script = ec2.UserData.for_linux()
    script.add_commands("yum update")
    size = ec2.InstanceType("m5.large")
    instance = ec2.Instance(stack, "Instance", vpc=vpc, instance_type=size, machine_image=windows)
    assert instance.os_type == ec2.OperatingSystemType.WINDOWS
    autoscaling.AutoScalingGroup(
        stack, "Group", vpc=vpc, instance_type=size, machine_image=distribution.machine_image(user_data=script)
    )
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::EC2::Instance",
        {"ImageId": {"Fn::GetAtt": Match.any_value()}, "UserData": {"Fn::Base64": "<powershell></powershell>"}},
    )
    assert "yum update" in str(template.to_json())


def test_another_distribution_can_take_it_as_its_source(stack: cdk.Stack) -> None:
    """A chain: what one distribution made in its Region goes on from there."""
    consumer = stack_in(stack, "eu-west-1")
    source = SourceImage.from_machine_image(declare(stack).machine_image())
    ImageDistribution(consumer, "Next", source_image=source, distribution_configuration=CONFIGURATION_ARN)
    Template.from_stack(consumer).has_resource_properties(
        "Custom::ImageDistribution", {"SourceImage": {"Ref": Match.string_like_regexp("goldenhome")}}
    )
