"""What CDK looks up is unknown at the first synthesis, and checked at the next one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from cdk_image_distribution import (
    DistributionTargetRole,
    ImageDistribution,
    LifecycleTargetRole,
    SourceImage,
)

from .conftest import folder_of
from .stacks import AMI_ID, CONFIGURATION_ARN, KEY_ARN, OTHER_ACCOUNT

ACCOUNT = "444455556666"
PLACEHOLDER = "dummy-value-for-/golden"
AMI_NAME = "golden-{{ imagebuilder:buildDate }}"
ORGANIZATION_ARN = "arn:aws:organizations::444455556666:organization/o-abcdefghij"
IMAGE_ARN = f"arn:aws:imagebuilder:eu-west-1:{ACCOUNT}:image/golden/1.0.0/1"

Declare = Callable[[cdk.Stack], object]


def synthesise(declare: Declare, context: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], list[str]]:
    """Return the stack's template, and the keys of what CDK misses in the context."""
    stack = cdk.Stack(cdk.App(context=context), "Stack", env=cdk.Environment(account=ACCOUNT, region="eu-west-1"))
    declare(stack)
    template = dict(Template.from_stack(stack).to_json())
    manifest = json.loads((folder_of(stack) / "manifest.json").read_text("utf-8"))
    return template, [missing["key"] for missing in manifest.get("missing", [])]


def distribute(stack: cdk.Stack, **arguments: Any) -> ImageDistribution:
    """Declare a distribution that is well but for the arguments given."""
    arn = CONFIGURATION_ARN.replace("123456789012", ACCOUNT)
    return ImageDistribution(
        stack, "Distribution", **{"source_image": AMI_ID, "distribution_configuration": arn, **arguments}
    )


def distribute_to(stack: cdk.Stack, **distribution: Any) -> ImageDistribution:
    """Declare a distribution to one Region; `ami` is the entry's AMI."""
    ami = {"Name": AMI_NAME, **distribution.pop("ami", {})}
    entry = {"region": "eu-west-1", "amiDistributionConfiguration": ami, **distribution}
    configuration = imagebuilder.CfnDistributionConfiguration(stack, "Targets", name="golden", distributions=[entry])
    return distribute(stack, distribution_configuration=configuration)


def read_elsewhere(stack: cdk.Stack, region: str = "us-east-1", name: str = "/golden", account: str = ACCOUNT) -> None:
    """Let a stack in another Region take the AMI of a distribution."""
    parameter = {"parameterName": name, "amiAccountId": account}
    ami = {"TargetAccountIds": [account]}
    image = distribute_to(stack, region=region, ami=ami, ssmParameterConfigurations=[parameter]).machine_image()
    env = cdk.Environment(account=ACCOUNT, region="us-east-1")
    ec2.LaunchTemplate(cdk.Stack(stack, "Consumer", env=env), "Template", machine_image=image)


def target_role(stack: cdk.Stack, **arguments: Any) -> None:
    """Declare the role of a target account."""
    DistributionTargetRole(stack, "TargetRole", **{"source_account": OTHER_ACCOUNT, **arguments})


def imported(stack: cdk.Stack, image_arn: str) -> None:
    """Declare a rule for an image of another stack."""
    ImageDistribution.from_image_arn(stack, "Image", image_arn).on_state_change("Rule")


#: For each argument that takes an SSM parameter's value: its use, a good value, and a bad one with the message.
USES: dict[str, tuple[Callable[[cdk.Stack, str], object], str, str, str]] = {
    "source_image": (lambda s, v: distribute(s, source_image=v), AMI_ID, "golden", "source_image must be an AMI id"),
    "ami_id": (
        lambda s, v: distribute(s, source_image=SourceImage.from_ami_id(v)),
        AMI_ID,
        "golden",
        "source_image must be 'ami-'",
    ),
    "source_parameter": (
        lambda s, v: distribute(s, source_image=SourceImage.from_ssm_parameter(v)),
        "/golden/ami",
        "golden/ami",
        "MustBeParameterNamesFully",
    ),
    "image_arn": (
        lambda s, v: distribute(s, source_image=SourceImage.from_image_arn(v)),
        IMAGE_ARN,
        AMI_ID,
        "source_image must be an Image Builder image ARN",
    ),
    "image_of_a_looked_up_region": (
        lambda s, v: distribute(s, source_image=IMAGE_ARN.replace("eu-west-1", v)),
        "eu-west-1",
        "us-east-1",
        "source_image must be in the stack's Region",
    ),
    "imported_image": (imported, IMAGE_ARN, AMI_ID, "image_arn must be the ARN of a build version"),
    "imported_image_of_a_looked_up_region": (
        lambda s, v: imported(s, IMAGE_ARN.replace("eu-west-1", v)),
        "eu-west-1",
        "us-east-1",
        "rule must be in the image's Region",
    ),
    "distribution_configuration": (
        lambda s, v: distribute(s, distribution_configuration=v),
        CONFIGURATION_ARN.replace("123456789012", ACCOUNT),
        CONFIGURATION_ARN,
        "distribution_configuration must be in the stack's account",
    ),
    "region": (lambda s, v: distribute_to(s, region=v), "us-east-1", "eu-wset-1", "region must be a Region"),
    "target_account": (
        lambda s, v: distribute_to(s, ami={"TargetAccountIds": [v]}),
        ACCOUNT,
        "golden",
        "TargetAccountIds must be an account id",
    ),
    "target_accounts": (
        lambda s, v: distribute_to(s, ami={"TargetAccountIds": v.split(",")}),
        f"{ACCOUNT},{OTHER_ACCOUNT}",
        f"{ACCOUNT},golden",
        "TargetAccountIds must be an account id",
    ),
    "user_id": (
        lambda s, v: distribute_to(s, ami={"LaunchPermissionConfiguration": {"UserIds": [v]}}),
        OTHER_ACCOUNT,
        "golden",
        "UserIds must be an account id",
    ),
    "organization": (
        lambda s, v: distribute_to(s, ami={"LaunchPermissionConfiguration": {"OrganizationArns": [v]}}),
        ORGANIZATION_ARN,
        "o-abcdefghij",
        "OrganizationArns must be ARNs",
    ),
    "ami_name": (lambda s, v: distribute_to(s, ami={"Name": v}), AMI_NAME, "golden", "Name of the AMI must contain"),
    "launch_template": (
        lambda s, v: distribute_to(s, launchTemplateConfigurations=[{"launchTemplateId": v}]),
        "lt-0123456789abcdef0",
        "golden",
        "LaunchTemplateId must be 'lt-'",
    ),
    "parameter_name": (
        lambda s, v: distribute_to(s, ssmParameterConfigurations=[{"parameterName": v}]),
        "/golden/ami",
        "/aws/golden",
        "ParameterName must not begin with",
    ),
    "region_of_an_ami": (
        lambda s, v: distribute_to(s).ami_id(v),
        "eu-west-1",
        "us-east-1",
        "region must be one of the configuration's",
    ),
    "account_of_an_ami": (
        lambda s, v: distribute_to(s, ami={"TargetAccountIds": [OTHER_ACCOUNT]}).ami_id("eu-west-1", v),
        OTHER_ACCOUNT,
        "123456789012",
        "account must be one of the configuration's target accounts",
    ),
    "region_of_a_machine_image": (
        lambda s, v: read_elsewhere(s, region=v),
        "us-east-1",
        "eu-west-1",
        "must have an SSM parameter in Region us-east-1",
    ),
    "account_of_a_machine_image": (
        lambda s, v: read_elsewhere(s, account=v),
        ACCOUNT,
        OTHER_ACCOUNT,
        "must have an SSM parameter in Region us-east-1",
    ),
    "parameter_name_of_a_machine_image": (
        lambda s, v: read_elsewhere(s, name=v),
        "/golden/ami",
        "/aws/golden",
        "ParameterName must not begin with",
    ),
    "source_account": (
        lambda s, v: target_role(s, source_account=v),
        OTHER_ACCOUNT,
        "golden",
        "source_account must be an account id",
    ),
    "source_account_of_a_lifecycle": (
        lambda s, v: LifecycleTargetRole(s, "LifecycleRole", source_account=v),
        OTHER_ACCOUNT,
        "golden",
        "source_account must be an account id",
    ),
    "kms_keys": (lambda s, v: target_role(s, kms_keys=[v]), KEY_ARN, "alias/golden", "kms_keys must be KMS keys"),
    "ssm_parameters": (
        lambda s, v: target_role(s, ssm_parameters=[v]),
        "/golden/ami",
        "/aws/golden",
        "ssm_parameters must not begin with",
    ),
    "launch_templates": (
        lambda s, v: target_role(s, launch_templates=[v]),
        "lt-0123456789abcdef0",
        "golden",
        "launch_templates must be 'lt-'",
    ),
}


@pytest.mark.parametrize(("use", "good", "bad", "message"), USES.values(), ids=USES)
def test_value_of_an_ssm_parameter_is_checked_once_it_is_looked_up(
    use: Callable[[cdk.Stack, str], object], good: str, bad: str, message: str
) -> None:
    """CDK's placeholder breaks the rules of most arguments."""

    def declare(stack: cdk.Stack) -> None:
        use(stack, ssm.StringParameter.value_from_lookup(stack, "/golden"))

    _, (key,) = synthesise(declare)
    assert synthesise(declare, {key: good})[1] == []
    with pytest.raises((ValueError, RuntimeError), match=message):
        synthesise(declare, {key: bad})


def test_template_of_the_first_synthesis_has_the_placeholder() -> None:
    """The CLI does not deploy that template."""
    template, _ = synthesise(
        lambda stack: distribute(stack, source_image=ssm.StringParameter.value_from_lookup(stack, "/golden"))
    )
    (resource,) = (
        resource for resource in template["Resources"].values() if resource["Type"] == "Custom::ImageDistribution"
    )
    assert resource["Properties"]["SourceImage"] == PLACEHOLDER


def test_alias_that_is_not_looked_up_yet_is_no_part_of_a_policy() -> None:
    """The name of the SSM parameter, which is in CDK's placeholder, may contain what an alias begins with."""

    def declare(stack: cdk.Stack) -> None:
        distribute_to(stack, ami={"KmsKeyId": ssm.StringParameter.value_from_lookup(stack, "/alias/golden")})

    template, (key,) = synthesise(declare)
    policies = [resource for resource in template["Resources"].values() if resource["Type"] == "AWS::IAM::Policy"]
    assert "kms:ViaService" in str(policies)
    assert "dummy-value-for-" not in str(policies)
    assert "kms:ResourceAliases" in str(synthesise(declare, {key: "alias/golden"}))
