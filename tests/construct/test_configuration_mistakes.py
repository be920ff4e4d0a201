"""Mistakes in a configuration that Image Builder or CloudFormation would name an hour later, or never."""

from __future__ import annotations

import inspect
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from cdk_image_distribution import ImageDistribution
from cdk_image_distribution import _ami_configuration as ami_configuration

from .stacks import AMI_ID, KEY_ARN, OTHER_ACCOUNT
from .test_preflight import ACCOUNT, L1, declare, problems, to

WHERE = "distribution_configuration, Region eu-west-1"
VIRGINIAN_KEY = KEY_ARN.replace("eu-west-1", "us-east-1")


@pytest.mark.parametrize(
    ("distributions", "message"),
    [
        ([], "distribution_configuration must have at least one distribution, got none. Name a Region in it."),
        (
            [to("eu-wset-1")],
            "distribution_configuration: region must be a Region of AWS, got 'eu-wset-1'. Write 'eu-west-1', or "
            "upgrade botocore or aws-cdk-lib if the Region is new.",
        ),
        (
            [to("eu-west-1a")],
            "distribution_configuration: region must be a Region of AWS, got 'eu-west-1a'. Write 'eu-west-1', or "
            "upgrade botocore or aws-cdk-lib if the Region is new.",
        ),
        (
            [to(TargetAccountIds=OTHER_ACCOUNT)],
            f"{WHERE}: TargetAccountIds must be a list of strings, got '{OTHER_ACCOUNT}' (str). Write a list, also for "
            "one.",
        ),
        (
            [to(TargetAccountIds=210987654321)],
            f"{WHERE}: TargetAccountIds must be a list of strings, got 210987654321 (int). Write a list, also for one.",
        ),
        (
            [to(LaunchPermissionConfiguration={"UserIds": OTHER_ACCOUNT})],
            f"{WHERE}: UserIds must be a list of strings, got '{OTHER_ACCOUNT}' (str). Write a list, also for one.",
        ),
        (
            [to(LaunchPermissionConfiguration={"UserIds": ["42"]})],
            f"{WHERE}: UserIds must be an account id of 12 digits, got '42'. Write all 12 digits, as text.",
        ),
        (
            [to(LaunchPermissionConfiguration=[OTHER_ACCOUNT])],
            f"{WHERE}: LaunchPermissionConfiguration must be an object, got ['{OTHER_ACCOUNT}'] (list). Write a dict.",
        ),
        (
            [to(AmiTags=["Team"])],
            f"{WHERE}: AmiTags must be a dict of strings by strings, got ['Team'] (list). Write {{'key': 'value'}}.",
        ),
        (
            [to(AmiTags={"Team": 5})],
            WHERE + ": AmiTags must be a dict of strings by strings, got {'Team': 5} (dict). Write {'key': 'value'}.",
        ),
        (
            [{"region": "eu-west-1", "amiDistributionConfiguration": "golden"}],
            f"{WHERE}: AmiDistributionConfiguration must be an object, got 'golden' (str). Write a dict.",
        ),
        (
            [to(KmsKeyId=VIRGINIAN_KEY)],
            f"{WHERE}: KmsKeyId must be a key of that Region, got '{VIRGINIAN_KEY}'. Name a key in eu-west-1: the AMI "
            "is encrypted there.",
        ),
        (
            [to("cn-north-1")],
            "distribution_configuration: region must be in the partition of the stack's Region, aws, got 'cn-north-1' "
            "in aws-cn. Distribute to that partition from a stack in it.",
        ),
        (
            [to(LaunchPermissionConfiguration={"OrganizationArns": ["o-0123456789"]})],
            f"{WHERE}: OrganizationArns must be ARNs of organizations (arn:aws:organizations::<management account>:"
            "organization/o-<id>), got 'o-0123456789'. Write the ARN, not the id.",
        ),
        (
            [to(LaunchPermissionConfiguration={"OrganizationalUnitArns": ["ou-abcd-01234567"]})],
            f"{WHERE}: OrganizationalUnitArns must be ARNs of organizational units (arn:aws:organizations::<management "
            "account>:ou/o-<id>/ou-<id>), got 'ou-abcd-01234567'. Write the ARN, not the id.",
        ),
        (
            [to(LaunchPermissionConfiguration={"UserGroups": ["everyone"]})],
            f"{WHERE}: UserGroups must be 'all', got 'everyone'. Write accounts to UserIds. The group 'all' makes the "
            "AMI public.",
        ),
        (
            [{**to(), "ssmParameterConfigurations": [{"parameterName": "golden/ami"}]}],
            f"{WHERE}: ParameterName with a '/' must begin with one, end without one and have at most 15 levels, got "
            "'golden/ami'. Write '/golden/ami'.",
        ),
        (
            [{**to(), "ssmParameterConfigurations": [{"parameterName": "/AWS/golden"}]}],
            f"{WHERE}: ParameterName must not begin with 'aws' or 'ssm', got '/AWS/golden'. Rename the parameter.",
        ),
    ],
)
def test_a_mistake_stops_the_synthesis(stack: cdk.Stack, distributions: list[Any], message: str) -> None:
    """Which setting of which Region, the rule, the value, what to write; nothing else is said."""
    declare(stack, *distributions)
    assert problems(stack) == [message]


@pytest.mark.parametrize(
    "settings",
    [
        {"TargetAccountIds": {"Ref": "Accounts"}},
        {"TargetAccountIds": cdk.Fn.split(",", cdk.Fn.import_value("Accounts"))},
        {"LaunchPermissionConfiguration": {"UserIds": {"Fn::Split": [",", "a,b"]}}},
        {"LaunchPermissionConfiguration": {"Fn::If": ["Shared", {"UserIds": [OTHER_ACCOUNT]}, cdk.Aws.NO_VALUE]}},
        {"AmiTags": {"Team": {"Ref": "Team"}}},
        {"Name": {"Fn::Sub": "golden-{{ imagebuilder:buildDate }}"}},
        {"KmsKeyId": KEY_ARN.replace("123456789012", OTHER_ACCOUNT)},
    ],
)
def test_intrinsic_functions_and_keys_of_other_accounts_pass(stack: cdk.Stack, settings: dict[str, Any]) -> None:
    """What only CloudFormation knows is not judged, nor a key whose policy admits this account."""
    declare(stack, to(**settings))
    assert problems(stack) == []


@pytest.mark.parametrize(
    "permission",
    [
        {"OrganizationArns": ["arn:aws:organizations::123456789012:organization/o-0123456789"]},
        {"OrganizationalUnitArns": ["arn:aws:organizations::123456789012:ou/o-0123456789/ou-abcd-01234567"]},
        {"OrganizationArns": [cdk.Fn.import_value("Organization")], "UserGroups": ["all"]},
    ],
)
def test_launch_permissions_that_can_be_pass(stack: cdk.Stack, permission: dict[str, Any]) -> None:
    """ARNs, the group of all, and tokens."""
    declare(stack, to(LaunchPermissionConfiguration=permission))
    assert problems(stack) == []


@pytest.mark.parametrize("name", ["golden", "/golden/ami", "/awsome/ami", "/golden" + "/x" * 14])
def test_names_of_parameters_that_can_be_pass(stack: cdk.Stack, name: str) -> None:
    """Also without a path, and with the most levels."""
    declare(stack, {**to(), "ssmParameterConfigurations": [{"parameterName": name}]})
    assert problems(stack) == []


@pytest.mark.parametrize("is_read", [True, False])
@pytest.mark.parametrize("is_typed", [True, False])
def test_a_construct_in_the_place_of_its_arn_is_refused(stack: cdk.Stack, is_typed: bool, is_read: bool) -> None:
    """CDK would resolve it without end and name neither the key nor the value."""
    settings = {"KmsKeyId": kms.Key(stack, "Key")}
    distribution: Any = (
        L1.DistributionProperty(region="eu-west-1", ami_distribution_configuration=settings)
        if is_typed
        else {"region": "eu-west-1", "amiDistributionConfiguration": settings}
    )
    configuration = L1(stack, "Configuration", name="golden", distributions=[distribution])
    if is_read:
        assert configuration.distributions
    with pytest.raises(TypeError) as refusal:
        ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration)
    assert str(refusal.value) == (
        "distribution_configuration: KmsKeyId must be a string, got an object of type Key. Pass its ARN, such as "
        "key.key_arn."
    )


def test_a_configuration_that_is_a_token_is_not_empty(stack: cdk.Stack) -> None:
    """Its content is not known at synthesis."""
    _, configuration = declare(stack, to())
    configuration.distributions = cdk.Token.as_any({"Fn::FindInMap": ["Maps", "golden", "Distributions"]})
    assert problems(stack) == []


@pytest.mark.parametrize(
    ("keys", "documented"),
    [
        (ami_configuration.KEYS, L1.AmiDistributionConfigurationProperty),
        (ami_configuration.LAUNCH_PERMISSION_KEYS, L1.LaunchPermissionConfigurationProperty),
    ],
)
def test_the_keys_are_cloudformations(keys: dict[str, Any], documented: type) -> None:
    """CDK's own classes for them, which jsii would spoil, have each key."""
    names = [name for name in inspect.signature(documented).parameters if name != "self"]
    assert sorted(keys) == sorted("".join(part.capitalize() for part in name.split("_")) for name in names)


@pytest.mark.parametrize(("region", "is_refused"), [("us-east-1", True), ("eu-west-1", False)])
def test_an_ami_of_the_own_account_is_asked_for_only_where_one_is_made(
    stack: cdk.Stack, region: str, is_refused: bool
) -> None:
    """Other target accounts leave the own one out. In the source Region it has the source AMI."""
    distribution, _ = declare(
        stack, to(TargetAccountIds=[OTHER_ACCOUNT]), to("us-east-1", TargetAccountIds=["345678901234"])
    )
    distribution.ami_id(region)
    message = (
        "ami_id(): account must be one of the configuration's target accounts in us-east-1, got None for the stack's "
        f"own, {ACCOUNT}. Add that to TargetAccountIds there, or ask for another account's AMI."
    )
    assert problems(stack) == ([message] if is_refused else [])


def test_a_region_that_does_not_exist_has_no_ami(stack: cdk.Stack) -> None:
    """It is refused at the line that asks for it."""
    distribution, _ = declare(stack, to())
    with pytest.raises(ValueError, match=r"region must be a Region of AWS, got 'eu-wset-1'\. Write 'eu-west-1'"):
        distribution.ami_id("eu-wset-1")
