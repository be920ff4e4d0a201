"""Configurations with conditions and other intrinsic functions: permissions, checks and AMIs of both branches."""

from __future__ import annotations

import json
import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution

from .generated_apps import ENVIRONMENT, by_functions
from .stacks import AMI_ID, KEY_ARN, OTHER_ACCOUNT
from .test_distribution_permissions import FOR_AWS, GRANTS, SHARING, USE, allow, arn, granted
from .test_machine_image import stack_in
from .test_preflight import ACCOUNT, declare, problems, to, warnings
from .test_references import app_with, distribute, templates
from .test_references import granted as granted_in

NO_VALUE = {"Ref": "AWS::NoValue"}
THEIR_ROLE = arn(f"iam::{OTHER_ACCOUNT}:role/EC2ImageBuilderDistributionCrossAccountRole")


def if_(first: Any, second: Any = NO_VALUE) -> Any:
    """Return what is one of two values, as CfnInclude makes it."""
    return cdk.Token.as_any({"Fn::If": ["Flagged", first, second]})


def by_entry(ami: Any, parameters: Any) -> Any:
    """Return one of two entries, the second nested."""
    entry = {"Region": "eu-west-1", "AmiDistributionConfiguration": ami, "SsmParameterConfigurations": parameters}
    return [if_({"Region": "us-east-1"}, if_(NO_VALUE, entry))]


def by_member(ami: Any, parameters: Any) -> Any:
    """Return an entry with each member one of two values."""
    entry = {"region": "eu-west-1", "amiDistributionConfiguration": if_(ami), "ssmParameterConfigurations": []}
    return [{**entry, "ssmParameterConfigurations": if_(NO_VALUE, parameters)}]


def by_setting(ami: Any, parameters: Any) -> Any:
    """Return an entry with each setting, and each item of a list, one of two values."""
    settings = {key: if_(value) for key, value in ami.items()}
    items = [if_(parameter) for parameter in parameters]
    return [{"region": "eu-west-1", "amiDistributionConfiguration": settings, "ssmParameterConfigurations": items}]


@pytest.mark.parametrize("written", [by_entry, by_member, by_setting])
def test_both_branches_of_a_condition_are_granted(stack: cdk.Stack, written: Any) -> None:
    """Of an entry, of a member, of a setting, and of an item of a list."""
    ami = {"KmsKeyId": KEY_ARN, "TargetAccountIds": [OTHER_ACCOUNT]}
    declare(stack, *written(ami, [{"ParameterName": "a", "DataType": "text"}]))
    assert granted(stack) == [
        *SHARING,
        allow("sts:AssumeRole", THEIR_ROLE),
        allow(USE, KEY_ARN),
        allow(GRANTS, KEY_ARN, FOR_AWS),
        allow("ssm:PutParameter", arn("ssm:eu-west-1:123456789012:parameter/a")),
    ]


def test_each_branch_of_a_key_is_granted(stack: cdk.Stack) -> None:
    """Two keys by their ARNs."""
    other = KEY_ARN[:-1] + "0"
    declare(stack, {"region": "eu-west-1", "amiDistributionConfiguration": {"KmsKeyId": if_(KEY_ARN, other)}})
    assert granted(stack) == [allow(USE, [KEY_ARN, other]), allow(GRANTS, [KEY_ARN, other], FOR_AWS)]


def test_each_branch_of_a_members_account_is_granted(stack: cdk.Stack) -> None:
    """The other account's role, and the parameter of the own account."""
    account = cdk.Token.as_string(if_(OTHER_ACCOUNT))
    parameter = {"parameterName": "a", "amiAccountId": account, "dataType": "text"}
    ami = {"TargetAccountIds": cdk.Fn.split(",", cdk.Fn.import_value("Accounts"))}
    declare(
        stack, {"region": "eu-west-1", "amiDistributionConfiguration": ami, "ssmParameterConfigurations": [parameter]}
    )
    written = arn("ssm:eu-west-1:123456789012:parameter/a")
    assert granted(stack) == [*SHARING, allow("sts:AssumeRole", THEIR_ROLE), allow("ssm:PutParameter", written)]


@pytest.mark.parametrize(
    "permissions",
    [if_({"UserIds": [OTHER_ACCOUNT]}), {"UserIds": [if_(OTHER_ACCOUNT)]}, {"UserIds": if_([], [OTHER_ACCOUNT])}],
)
def test_the_source_ami_may_be_shared_if_a_branch_shares_it(stack: cdk.Stack, permissions: Any) -> None:
    """Of the launch permissions, of a list of theirs, and of an item."""
    ami = {"LaunchPermissionConfiguration": permissions}
    declare(stack, {"region": "eu-west-1", "amiDistributionConfiguration": ami})
    assert granted(stack) == SHARING


def test_an_ami_of_either_branch_of_a_condition_may_be_asked_for(stack: cdk.Stack) -> None:
    """A Region in neither branch has none."""
    distribution, _ = declare(
        stack, to(), if_({"Region": "us-east-1"}, if_(NO_VALUE, {"Region": "us-east-2"})), cdk.Token.as_any(NO_VALUE)
    )
    for region in ("eu-west-1", "us-east-1", "us-east-2", "us-west-1"):
        distribution.ami_id(region)
    (problem,) = problems(stack)
    assert problem.startswith(
        "ami_id(): region must be one of the configuration's, eu-west-1, us-east-1, us-east-2, got 'us-west-1'."
    )


@pytest.mark.parametrize("is_whole", [True, False])
def test_an_entry_that_cannot_be_read_may_be_for_any_region(stack: cdk.Stack, is_whole: bool) -> None:
    """Its permissions are the user's to grant, who is told so unless the role is the user's."""
    unreadable = cdk.Token.as_any({"Fn::FindInMap": ["Maps", "golden", "Entry"]})
    distribution, configuration = declare(stack, to(), unreadable)
    if is_whole:
        configuration.distributions = unreadable
    distribution.ami_id("us-east-1")
    assert problems(stack) == []
    assert warnings(stack) == [
        "distribution_configuration: only CloudFormation can read an intrinsic function in distributions, so that the "
        "execution role has no permissions for it. Write the content, or add the permissions to execution_role and "
        "acknowledge this. [ack: cdk-image-distribution:unreadablePart]"
    ]


@pytest.mark.parametrize("member", ["amiDistributionConfiguration", "ssmParameterConfigurations"])
def test_a_member_that_cannot_be_read_is_warned_of(stack: cdk.Stack, member: str) -> None:
    """The warning names the Region and the member, and nothing else is said of the entry."""
    unreadable = cdk.Token.as_any({"Fn::FindInMap": ["Maps", "golden", "Part"]})
    declare(stack, {**to(), member: unreadable})
    (warning,) = warnings(stack)
    assert warning.startswith("distribution_configuration, Region eu-west-1: only CloudFormation can read an ")
    assert f"in {member}, so that" in warning


def test_branches_of_a_condition_are_not_held_against_each_other(stack: cdk.Stack) -> None:
    """The same Region in both, and what a condition decides about together: a key, accounts, a parameter's account."""
    distribution, _ = declare(
        stack,
        if_({"Region": "eu-west-1"}, {"Region": "eu-west-1"}),
        {
            "region": "us-east-1",
            "amiDistributionConfiguration": {
                "KmsKeyId": if_(KEY_ARN.replace("eu-west-1", "us-east-1"), "alias/aws/ebs"),
                "TargetAccountIds": if_([OTHER_ACCOUNT], [ACCOUNT]),
            },
            "ssmParameterConfigurations": [if_({"parameterName": "a", "amiAccountId": OTHER_ACCOUNT})],
        },
    )
    distribution.ami_id("us-east-1")
    distribution.ami_id("us-east-1", OTHER_ACCOUNT)
    assert problems(stack) == []


def test_a_branch_of_a_condition_is_checked(stack: cdk.Stack) -> None:
    """A mistake in it is one, said once."""
    template = {"LaunchTemplateId": "lt-1"}
    declare(stack, {**to(KmsKeyId=if_(KEY_ARN, KEY_ARN[:-1])), "launchTemplateConfigurations": [if_(template)]})
    (problem,) = problems(stack)
    assert "LaunchTemplateId must be 'lt-' and 17 lower case letters and digits, got 'lt-1'" in problem


def image_by(stack: cdk.Stack, parameters: Any) -> ec2.IMachineImage:
    """Return the image of a distribution to one Region with these SSM parameters."""
    distribution, _ = declare(stack, {"region": "eu-west-1", "ssmParameterConfigurations": parameters})
    return distribution.machine_image()


GOLDEN = {"ParameterName": "/golden/ami"}
OTHER = {"ParameterName": "/other"}


@pytest.mark.parametrize(
    "parameters",
    [
        [if_(OTHER), {"parameterName": "/golden/ami"}],
        if_([GOLDEN], [GOLDEN]),
        [if_(GOLDEN)],
    ],
)
def test_parameter_without_a_condition_comes_first(stack: cdk.Stack, parameters: Any) -> None:
    """Otherwise the only name that a condition decides about."""
    consumer = stack_in(stack, "eu-west-1")
    ec2.LaunchTemplate(consumer, "Template", machine_image=image_by(stack, parameters))
    Template.from_stack(consumer).has_parameter("*", {"Default": "/golden/ami"})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            [if_(GOLDEN, OTHER)],
            "ssmParameterConfigurations must have one parameterName for machine_image() in stack Consumer, got "
            "/golden/ami or /other, depending on a condition. Write the same parameterName in each branch of Fn::If.",
        ),
        (
            cdk.Token.as_any({"Fn::FindInMap": ["Maps", "golden", "Parameters"]}),
            "distribution_configuration must be readable at synthesis for machine_image() in stack Consumer, got an "
            "intrinsic function. Call ec2.MachineImage.from_ssm_parameter() in that stack, with the name of an SSM "
            "parameter that the configuration writes in the stack's Region and account.",
        ),
    ],
)
def test_parameter_that_synthesis_cannot_tell_is_refused(stack: cdk.Stack, parameters: Any, message: str) -> None:
    """Two names by a condition, and a list that only CloudFormation knows."""
    image, consumer = image_by(stack, parameters), stack_in(stack, "eu-west-1")
    with pytest.raises(ValueError, match=re.escape(message)):
        image.get_image(consumer)


@pytest.mark.parametrize("is_elsewhere", [True, False])
def test_what_only_the_configurations_template_can_name_is_a_wildcard_elsewhere(is_elsewhere: bool) -> None:
    """Another stack has neither its conditions nor its mappings; the role of its own stack names them."""
    app = app_with()
    configured = cdk.Stack(app, "Configured", env=ENVIRONMENT)
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT) if is_elsewhere else configured
    configuration = imagebuilder.CfnDistributionConfiguration(
        configured, "Configuration", name="golden", distributions=by_functions(configured)
    )
    ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration)
    template = templates(app)[stack.stack_name]

    def arn(service: str, resource: str) -> Any:
        return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":{service}:eu-west-2:123456789012:{resource}"]]}

    parameters = granted_in(template, "ssm:PutParameter")
    launch_templates = granted_in(template, "ec2:ModifyLaunchTemplate")
    if is_elsewhere:
        assert parameters == [arn("ssm", "parameter/*"), arn("ssm", "parameter/golden/*")]
        assert launch_templates == arn("ec2", "launch-template/*")
    else:
        assert json.dumps(parameters).count("Fn::FindInMap") == json.dumps(parameters).count("Fn::If") == 1
        assert json.dumps(launch_templates).count("Fn::FindInMap") == 1


def test_a_resource_under_a_condition_is_named_under_the_condition() -> None:
    """Without the condition, the policy would refer to what is not there."""
    app = app_with()
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT)
    flag = cdk.CfnParameter(stack, "Flag", default="yes").value_as_string
    condition = cdk.CfnCondition(stack, "Flagged", expression=cdk.Fn.condition_equals(flag, "yes"))
    parameter = ssm.CfnParameter(stack, "Parameter", type="String", value=AMI_ID)
    parameter.cfn_options.condition = condition
    item = cdk.Fn.condition_if(condition.logical_id, {"ParameterName": parameter.ref}, cdk.Aws.NO_VALUE)
    distribute(stack, ssmParameterConfigurations=[item])
    arn = json.dumps(granted_in(templates(app)["Stack"], "ssm:PutParameter"))
    assert '{"Fn::If": ["Flagged", {"Ref": "Parameter"}, "000000000000"]}' in arn
