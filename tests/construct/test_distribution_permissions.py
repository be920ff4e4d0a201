"""What the made execution role is granted, exactly, for what a configuration of the app says."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution
from cdk_image_distribution._distribution_configuration import DistributionConfiguration
from cdk_image_distribution._execution_role import _Statements

from . import stacks
from .stacks import AMI_ID, CONFIGURATION_ARN, KEY_ARN, OTHER_ACCOUNT

USE = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]
GRANTS = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def declare(stack: cdk.Stack, *distributions: Any) -> ImageDistribution:
    """Declare a distribution by a configuration with these distributions."""
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack, "Configuration", name="golden", distributions=list(distributions)
    )
    return ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration)


def allow(action: str | list[str], resource: Any, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a statement as a template has it."""
    statement = {"Action": action, "Effect": "Allow", "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def arn(rest: str) -> dict[str, Any]:
    """Return an ARN of whichever partition as a template has it."""
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":{rest}"]]}


#: What sharing the source AMI takes: AWS's managed policy covers only AMIs that Image Builder made.
OWNED = {"StringEquals": {"ec2:Owner": "123456789012"}}
SHARING = [
    allow("ec2:ModifyImageAttribute", arn(f"ec2:eu-west-1::image/{AMI_ID}")),
    allow("ec2:ModifySnapshotAttribute", arn("ec2:eu-west-1::snapshot/*"), OWNED),
]


def granted(stack: cdk.Stack) -> list[Any]:
    """Return the statements of the execution role's policy; none without one."""
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").items()
    found = [policy for id, policy in policies if id.startswith("DistributionExecutionRoleDistribution")]
    assert len(found) <= 1
    return [statement for policy in found for statement in policy["Properties"]["PolicyDocument"]["Statement"]]


def test_statements_follow_a_change_of_the_configuration(stack: cdk.Stack) -> None:
    """What CDK was told when it asked first counts only as long as the configuration says the same."""
    resource = imagebuilder.CfnDistributionConfiguration(stack, "Configuration", name="golden", distributions=[])
    found = _Statements(stack, [], AMI_ID, DistributionConfiguration(resource, stack))

    def actions_with(**settings: str) -> list[Any]:
        resource.distributions = [{"region": "eu-west-1", "amiDistributionConfiguration": settings}]  # type: ignore[list-item]
        return [statement.to_statement_json()["Action"] for statement in found.all()]

    assert [actions_with(), actions_with(KmsKeyId=KEY_ARN), actions_with()] == [[], [USE, GRANTS], []]


def test_everything_that_a_configuration_says_is_granted_by_name(stack: cdk.Stack) -> None:
    """The target account's role, keys, parameters and launch templates; what others own is their roles' affair."""
    stacks.every_permission(stack)
    template = "launch-template/lt-0123456789abcdef0"
    alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/golden"}}
    keys_there = "arn:aws:kms:us-east-1:123456789012:key/*"
    assert granted(stack) == [
        *SHARING,
        allow("sts:AssumeRole", arn(f"iam::{OTHER_ACCOUNT}:role/EC2ImageBuilderDistributionCrossAccountRole")),
        allow(USE, keys_there, alias),
        allow(GRANTS, keys_there, {**alias, **FOR_AWS}),
        allow(USE, KEY_ARN),
        allow(GRANTS, KEY_ARN, FOR_AWS),
        allow(
            "ssm:PutParameter",
            [
                arn("ssm:eu-west-1:123456789012:parameter/golden/linux"),
                arn("ssm:us-east-1:123456789012:parameter/golden"),
            ],
        ),
        allow("ec2:DescribeImages", "*"),
        allow(
            ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
            arn(f"ec2:eu-west-1:123456789012:{template}"),
        ),
        allow(
            "ec2:CreateTags",
            arn(f"ec2:eu-west-1:123456789012:{template}"),
            {"StringEquals": {"aws:RequestTag/CreatedBy": "EC2 Image Builder"}},
        ),
        allow(["ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates"], "*"),
    ]


def test_what_stays_in_the_account_needs_nothing_more(stack: cdk.Stack) -> None:
    """AWS's managed policy is enough for a plain copy, with the default key too; there is no empty policy."""
    declare(
        stack,
        {"region": "eu-west-1", "amiDistributionConfiguration": {"TargetAccountIds": ["123456789012"]}},
        {"region": "us-east-1", "amiDistributionConfiguration": {"KmsKeyId": "alias/aws/ebs"}},
    )
    assert granted(stack) == []


def test_a_configuration_from_elsewhere_is_not_known(stack: cdk.Stack) -> None:
    """Of an ARN the app knows no content, so that the user grants, to `execution_role`."""
    ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=CONFIGURATION_ARN)
    assert granted(stack) == []


def test_a_parameter_of_plain_text_is_not_looked_up(stack: cdk.Stack) -> None:
    """Only a parameter of SSM's image type has SSM describe the AMI."""
    declare(stack, {"region": "eu-west-1", "ssmParameterConfigurations": [{"parameterName": "a", "dataType": "text"}]})
    assert [statement["Action"] for statement in granted(stack)] == ["ssm:PutParameter"]


@pytest.mark.parametrize(
    ("key", "resource", "condition"),
    [
        (lambda key: key.key_arn, {"Fn::GetAtt": ["Key961B73FD", "Arn"]}, {}),
        (
            lambda key: cdk.Stack.of(key).format_arn(service="kms", resource="key", resource_name="mrk-1"),
            arn("kms:eu-west-1:123456789012:key/mrk-1"),
            {},
        ),
        (lambda key: "mrk-1", arn("kms:eu-west-1:123456789012:key/mrk-1"), {}),
        (
            lambda key: "alias/mine",
            arn("kms:eu-west-1:123456789012:key/*"),
            {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/mine"}},
        ),
        (
            lambda key: key.key_id,
            arn("kms:eu-west-1:123456789012:key/*"),
            {
                "StringEquals": {
                    "kms:ViaService": {"Fn::Join": ["", ["ec2.eu-west-1.", {"Ref": "AWS::URLSuffix"}]]},
                }
            },
        ),
    ],
)
def test_a_key_is_granted_however_it_is_named(
    stack: cdk.Stack, key: Any, resource: Any, condition: dict[str, Any]
) -> None:
    """By its ARN if that is known; an alias as a condition; a reference to who knows what only by way of EC2."""
    named = key(kms.Key(stack, "Key"))
    declare(stack, {"region": "eu-west-1", "amiDistributionConfiguration": {"KmsKeyId": named}})
    assert granted(stack) == [allow(USE, resource, condition), allow(GRANTS, resource, {**condition, **FOR_AWS})]


@pytest.mark.parametrize(("number", "named"), [(90, [f"{account:012}" for account in range(90)]), (120, ["*"])])
def test_more_accounts_than_a_policy_holds_become_a_wildcard(stack: cdk.Stack, number: int, named: list[str]) -> None:
    """IAM takes 10,240 characters; 90 accounts fit by name, 120 do not."""
    accounts = [f"{account:012}" for account in range(number)]
    declare(stack, {"region": "eu-west-1", "amiDistributionConfiguration": {"TargetAccountIds": accounts}})
    resources = [arn(f"iam::{account}:role/EC2ImageBuilderDistributionCrossAccountRole") for account in named]
    assert granted(stack) == [*SHARING, allow("sts:AssumeRole", resources if len(resources) > 1 else resources[0])]


def test_more_parameters_than_a_policy_holds_are_named_for_every_region(stack: cdk.Stack) -> None:
    """Fifteen Regions with ten parameters each: ten names, whatever the Region."""
    parameters = [{"parameterName": f"/golden/{number}"} for number in range(10)]
    regions = [f"eu-west-{number}" for number in range(1, 16)]
    declare(stack, *({"region": region, "ssmParameterConfigurations": parameters} for region in regions))
    written, _ = granted(stack)
    assert written["Resource"] == [arn(f"ssm:*:123456789012:parameter/golden/{number}") for number in range(10)]


def test_permissions_follow_what_a_later_line_changes(stack: cdk.Stack) -> None:
    """The statements are those of the configuration as it is synthesised."""
    declare(stack, {"region": "eu-west-1"})
    configuration = stack.node.find_child("Configuration")
    assert isinstance(configuration, imagebuilder.CfnDistributionConfiguration)
    configuration.distributions = [
        imagebuilder.CfnDistributionConfiguration.DistributionProperty(
            region="eu-west-1", ami_distribution_configuration={"TargetAccountIds": [OTHER_ACCOUNT]}
        )
    ]
    *_, statement = granted(stack)
    assert statement["Action"] == "sts:AssumeRole"


def test_a_distribution_starts_after_what_a_user_grants(stack: cdk.Stack) -> None:
    """A grant to the role is a resource of its own; without a dependency it could come too late."""
    made = declare(stack, {"region": "eu-west-1"})
    given = ImageDistribution(
        stack,
        "Given",
        source_image=AMI_ID,
        distribution_configuration=CONFIGURATION_ARN,
        execution_role=iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com")),
    )
    for distribution in (made, given):
        kms.Key.from_key_arn(distribution, "Key", KEY_ARN).grant_encrypt_decrypt(distribution.execution_role)
    found = Template.from_stack(stack).find_resources("Custom::ImageDistribution")
    depends = {id[:5]: " ".join(resource["DependsOn"]) for id, resource in found.items()}
    assert "DistributionExecutionRoleDefaultPolicy" in depends["Distr"]
    assert "RoleDefaultPolicy" in depends["Given"].replace("ImageDistributionProviderRoleDefaultPolicy", "")


PERMISSIONS = {"LaunchPermissionConfiguration": {"UserIds": [OTHER_ACCOUNT]}}


@pytest.mark.parametrize(
    ("region", "settings", "is_shared"),
    [
        ("eu-west-1", PERMISSIONS, True),
        ("us-east-1", PERMISSIONS, False),
        ("us-east-1", {"TargetAccountIds": [OTHER_ACCOUNT]}, True),
        ("us-east-1", {"TargetAccountIds": ["123456789012"]}, False),
        # The number in a token differs from process to process; an id must not.
        pytest.param(cdk.Aws.REGION, PERMISSIONS, True, id="region of the stack"),
        ("eu-west-1", {}, False),
    ],
)
def test_the_source_ami_may_be_shared_if_the_configuration_shares_it(
    stack: cdk.Stack, region: str, settings: dict[str, Any], is_shared: bool
) -> None:
    """With a target account, or by launch permissions in the source's Region; elsewhere a copy is shared."""
    declare(stack, {"region": region, "amiDistributionConfiguration": settings})
    assert [it for it in granted(stack) if "Attribute" in it["Action"]] == (SHARING if is_shared else [])


@pytest.mark.parametrize(
    ("source", "image", "condition"),
    [
        ("ssm:/golden/ami", "*", OWNED),
        ("arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0/1", None, None),
    ],
)
def test_what_may_be_shared_depends_on_the_source(
    stack: cdk.Stack, source: str, image: str | None, condition: dict[str, Any] | None
) -> None:
    """Of a parameter only Image Builder learns the AMI; what it made itself, AWS's managed policy covers."""
    configuration = stacks.configuration_in(stack, TargetAccountIds=[OTHER_ACCOUNT])
    ImageDistribution(stack, "Distribution", source_image=source, distribution_configuration=configuration)
    found = [it for it in granted(stack) if it["Action"] == "ec2:ModifyImageAttribute"]
    expected = allow("ec2:ModifyImageAttribute", arn(f"ec2:eu-west-1::image/{image}"), condition)
    assert found == ([expected] if image else [])
