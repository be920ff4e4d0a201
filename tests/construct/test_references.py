"""The execution role's policy refers to what the configuration refers to, wherever that is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk_image_distribution import ImageDistribution

from .. import template_check
from .generated_apps import ENVIRONMENT
from .stacks import AMI_ID

FAR = cdk.Environment(account=ENVIRONMENT.account, region="us-east-1")


def distribute(
    scope: Construct, *, configured_in: Construct | None = None, **settings: Any
) -> tuple[ImageDistribution, imagebuilder.CfnDistributionConfiguration]:
    """Declare a distribution, and its configuration, with settings of the AMI, in the same scope or in another."""
    ami = {"Name": "golden-{{ imagebuilder:buildDate }}"}
    target: dict[str, Any] = {"region": "eu-west-1", "amiDistributionConfiguration": ami}
    ami.update({name: value for name, value in settings.items() if name[0].isupper()})
    target.update({name: value for name, value in settings.items() if name[0].islower()})
    configuration = imagebuilder.CfnDistributionConfiguration(
        configured_in or scope, "Configuration", name="golden", distributions=[target]
    )
    distribution = ImageDistribution(
        scope, "Distribution", source_image=AMI_ID, distribution_configuration=configuration
    )
    return distribution, configuration


def templates(app: cdk.App) -> dict[str, Any]:
    """Synthesise an app, check its templates, and return them by the names of their files."""
    folder = Path(app.synth().directory)
    assert template_check.problems(folder) == []
    return {
        path.name.removesuffix(".template.json").removesuffix(".nested"): json.loads(path.read_text())
        for path in folder.rglob("*.template.json")
    }


def resources(template: dict[str, Any], resource_type: str) -> list[Any]:
    """Return the properties of the resources of a type."""
    return [it["Properties"] for it in template["Resources"].values() if it["Type"] == resource_type]


def configured(template: dict[str, Any]) -> Any:
    """Return the only distribution of the configuration in a template."""
    ((distribution,),) = (
        it["Distributions"] for it in resources(template, "AWS::ImageBuilder::DistributionConfiguration")
    )
    return distribution


def granted(template: dict[str, Any], action: str) -> Any:
    """Return the resource on which the execution role is granted an action."""
    (found,) = (
        statement["Resource"]
        for policy in resources(template, "AWS::IAM::Policy")
        if policy["PolicyName"] == "Distribution"
        for statement in policy["PolicyDocument"]["Statement"]
        if action in statement["Action"]
    )
    return found


def app_with(**context: Any) -> cdk.App:
    """Return an empty app."""
    return cdk.App(context=context, analytics_reporting=False)


def in_a_sibling(app: cdk.App, scope: cdk.Stack) -> kms.Key:
    """Make the key in a stack beside the distribution's, which has a construct of the same id."""
    kms.Key(scope, "Key")
    return kms.Key(cdk.Stack(app, "Keys", env=ENVIRONMENT), "Key")


def in_another_region(app: cdk.App, scope: cdk.Stack) -> kms.Key:
    """Make the key in a stack of another Region."""
    kms.Key(scope, "Key")
    return kms.Key(cdk.Stack(app, "Keys", env=FAR, cross_region_references=True), "Key")


def in_a_nested_stack(app: cdk.App, scope: cdk.Stack) -> kms.Key:
    """Make the key in a stack that is nested in the distribution's."""
    kms.Key(scope, "Key")
    return kms.Key(cdk.NestedStack(scope, "Nested"), "Key")


@pytest.mark.parametrize("make_key", [in_a_sibling, in_another_region, in_a_nested_stack])
def test_a_key_of_another_stack_is_the_same_for_configuration_and_role(
    make_key: Callable[[cdk.App, cdk.Stack], kms.Key],
) -> None:
    """An import, a reference to another Region, an output of a nested stack: never the key of the same id here."""
    app = app_with()
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT, cross_region_references=True)
    key_there = make_key(app, stack)
    distribute(stack, region=key_there.env.region, KmsKeyId=key_there.key_arn)
    template = templates(app)["Stack"]
    key = configured(template)["AmiDistributionConfiguration"]["KmsKeyId"]
    assert "Key" in str(key)
    assert granted(template, "kms:Decrypt") == key


def test_a_key_of_the_parent_is_a_parameter_of_the_nested_stack() -> None:
    """The distribution in a nested stack, the key in its parent."""
    app = app_with()
    parent = cdk.Stack(app, "Parent", env=ENVIRONMENT)
    key = kms.Key(parent, "Key")
    nested = cdk.NestedStack(parent, "Nested")
    kms.Key(nested, "Key")
    distribute(nested, KmsKeyId=key.key_arn)
    (template,) = (it for name, it in templates(app).items() if "Nested" in name)
    found = configured(template)["AmiDistributionConfiguration"]["KmsKeyId"]
    assert found["Ref"] in template["Parameters"]
    assert granted(template, "kms:Decrypt") == found


@pytest.mark.parametrize("is_parent", [True, False], ids=["parent", "sibling"])
def test_a_configuration_may_be_in_another_stack(is_parent: bool) -> None:
    """What it refers to in its own stack is imported by the role's stack."""
    app = app_with()
    other = cdk.Stack(app, "Other", env=ENVIRONMENT)
    stack = cdk.NestedStack(other, "Stack") if is_parent else cdk.Stack(app, "Stack", env=ENVIRONMENT)
    key = kms.Key(other, "Key")
    kms.Key(stack, "Key")
    name = f"/golden/{cdk.Aws.STACK_NAME}"
    distribute(
        stack,
        configured_in=other,
        KmsKeyId=key.key_arn,
        ssmParameterConfigurations=[{"parameterName": name}],
    )
    made = templates(app)
    (template,) = (it for file, it in made.items() if file != "Other")
    resource = granted(template, "kms:Decrypt")
    assert resource.get("Ref") in template["Parameters"] or "Fn::ImportValue" in resource
    assert '"AWS::StackName"' not in json.dumps(granted(template, "ssm:PutParameter"))


def test_stages_do_not_mix() -> None:
    """In a Stage the sibling's export is the Stage's."""
    app = app_with()
    stage = cdk.Stage(app, "Prod", env=ENVIRONMENT)
    key = kms.Key(cdk.Stack(stage, "Keys"), "Key")
    stack = cdk.Stack(stage, "Stack")
    distribute(stack, KmsKeyId=key.key_arn)
    (template,) = (it for name, it in templates(app).items() if "ProdStack" in name)
    assert granted(template, "kms:Decrypt") == configured(template)["AmiDistributionConfiguration"]["KmsKeyId"]


@pytest.mark.parametrize(
    ("name", "slash"), [(None, True), ("golden", True), ("/golden/ami", False)], ids=["generated", "simple", "path"]
)
def test_the_arn_of_a_parameter_of_the_app_is_cdks(name: str | None, slash: bool) -> None:
    """With one slash before the name, whatever the name; the function and the role have the same."""
    app = app_with()
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT)
    parameter = ssm.StringParameter(stack, "Parameter", parameter_name=name, string_value=AMI_ID)
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        "Configuration",
        name="golden",
        distributions=[
            {"region": "eu-west-1", "ssmParameterConfigurations": [{"parameterName": parameter.parameter_name}]}
        ],
    )
    ImageDistribution(
        stack,
        "Distribution",
        source_image=f"ssm:{parameter.parameter_name}",
        distribution_configuration=configuration,
    )
    template = templates(app)["Stack"]
    arn = stack.resolve(parameter.parameter_arn)
    assert (":parameter/" in json.dumps(arn)) is slash
    assert granted(template, "ssm:PutParameter") == arn
    assert granted(template, "ssm:GetParameter") == arn
    (of_function,) = (
        policy["PolicyDocument"]["Statement"][0]["Resource"]
        for policy in resources(template, "AWS::IAM::Policy")
        if "GetParameter" in policy["PolicyName"]
    )
    assert of_function == arn


def test_a_name_that_only_cloudformation_knows_gets_one_slash() -> None:
    """With a slash of its own or without: two in a row become one."""
    app = app_with()
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT)
    name = cdk.CfnParameter(stack, "Name").value_as_string
    distribute(stack, ssmParameterConfigurations=[{"parameterName": name}])
    arn = json.dumps(granted(templates(app)["Stack"], "ssm:PutParameter"))
    joined = {"Fn::Join": ["/", {"Fn::Split": ["//", {"Fn::Join": ["", ["/", {"Ref": "Name"}]]}]}]}
    assert json.dumps(joined) in arn
    assert ":parameter/" not in arn


def test_a_launch_template_of_another_stack_is_imported() -> None:
    """By its id, as for the configuration."""
    app = app_with()
    other = cdk.Stack(app, "Other", env=ENVIRONMENT)
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT)
    launch_template = ec2.LaunchTemplate(other, "Template")
    distribute(stack, launchTemplateConfigurations=[{"launchTemplateId": launch_template.launch_template_id}])
    template = templates(app)["Stack"]
    (configuration,) = configured(template)["LaunchTemplateConfigurations"]
    (*_, imported) = granted(template, "ec2:ModifyLaunchTemplate")["Fn::Join"][1]
    assert imported == configuration["LaunchTemplateId"]


def test_a_key_for_each_region_may_be_granted_afterwards() -> None:
    """The key's policy names the account and the path of the role, so that no stack depends on itself."""
    app = app_with()
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT, cross_region_references=True)
    places = {"eu-west-1": ENVIRONMENT, "us-east-1": FAR}
    keys = {
        region: kms.Key(cdk.Stack(app, f"Keys-{region}", env=env, cross_region_references=True), "Key")
        for region, env in places.items()
    }
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        "Configuration",
        name="golden",
        distributions=[
            {"region": region, "amiDistributionConfiguration": {"KmsKeyId": key.key_arn}}
            for region, key in keys.items()
        ],
    )
    distribution = ImageDistribution(
        stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration
    )
    for key in keys.values():
        key.grant_encrypt_decrypt(distribution.execution_role)
    (far,) = resources(templates(app)["Keys-us-east-1"], "AWS::KMS::Key")
    statement = far["KeyPolicy"]["Statement"][-1]
    account = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::123456789012:root"]]}
    path = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::123456789012:role/cdk-image-distribution/*"]]}
    assert statement["Principal"] == {"AWS": account}
    assert statement["Condition"] == {"ArnLike": {"aws:PrincipalArn": path}}
