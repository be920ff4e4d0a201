"""What is wrong with a configuration of the app stops the synthesis; what may be wrong is warned of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_imagebuilder_alpha as imagebuilder_alpha
from aws_cdk.assertions import Annotations, Match, Template

from cdk_image_distribution import DistributionTargetRole, ImageDistribution

from .stacks import AMI_ID, KEY_ARN, OTHER_ACCOUNT

L1 = imagebuilder.CfnDistributionConfiguration
DATED = "golden-{{ imagebuilder:buildDate }}"
ACCOUNT = "123456789012"


def declare(
    stack: cdk.Stack, *distributions: Any, name: str = "golden", **arguments: Any
) -> tuple[ImageDistribution, imagebuilder.CfnDistributionConfiguration]:
    """Declare a distribution by a configuration with these distributions."""
    configuration = L1(stack, "Configuration", name=name, distributions=list(distributions))
    return (
        ImageDistribution(
            stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration, **arguments
        ),
        configuration,
    )


def to(region: str = "eu-west-1", **settings: Any) -> dict[str, Any]:
    """Return what distributes an AMI with these settings to a Region."""
    return {"region": region, "amiDistributionConfiguration": settings}


def problems(stack: cdk.Stack) -> list[str]:
    """Return what stops the stack's synthesis; nothing if it is not stopped."""
    try:
        Template.from_stack(stack)
    except RuntimeError as stopped:
        return [line.split("] ", 1)[1] for line in str(stopped).splitlines() if line.startswith("  [")]
    return []


def warnings(stack: cdk.Stack) -> list[str]:
    """Return what the stack is warned of, with the id to acknowledge it by."""
    found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    return [str(message.entry.data) for message in found]


@pytest.mark.parametrize(
    ("distributions", "message"),
    [
        (
            [to(), to()],
            'distribution_configuration must have one distribution for a Region, got 2 for "eu-west-1". Write what '
            "goes there into one of them.",
        ),
        (
            [to(cdk.Aws.REGION), to(cdk.Aws.REGION)],
            'distribution_configuration must have one distribution for a Region, got 2 for {"Ref": "AWS::Region"}. '
            "Write what goes there into one of them.",
        ),
        (
            [to(Name="golden")],
            "distribution_configuration, Region eu-west-1: Name of the AMI must contain "
            "'{{ imagebuilder:buildDate }}', since an AMI's name is its own in a Region, got 'golden'. "
            "Write 'golden-{{ imagebuilder:buildDate }}'.",
        ),
        (
            [to(Name=DATED + "x" * 100)],
            "distribution_configuration, Region eu-west-1: Name of the AMI must be 3 to 127 letters, digits, white "
            f"space and - _ : . {{ }} , got 135 characters: '{DATED + 'x' * 100}'. Rename the AMI.",
        ),
        (
            [to(TargetAccountIds=["42"])],
            "distribution_configuration, Region eu-west-1: TargetAccountIds must be an account id of 12 digits, got "
            "'42'. Write all 12 digits, as text.",
        ),
        (
            [to(TargetAccountIds=[12345678901])],
            "distribution_configuration, Region eu-west-1: TargetAccountIds must be text, got the number 12345678901. "
            "Write it in quotation marks.",
        ),
        (
            [{"region": "eu-west-1", "launchTemplateConfigurations": [{"launchTemplateId": "lt-1"}]}],
            "distribution_configuration, Region eu-west-1: LaunchTemplateId must be 'lt-' and 17 lower case letters "
            "and digits, got 'lt-1'. Write the id, not the name.",
        ),
        (
            [{"region": "eu-west-1", "ssmParameterConfigurations": [{"parameterName": "a b"}]}],
            "distribution_configuration, Region eu-west-1: ParameterName must be a parameter's name of 1 to 1,011 "
            "letters, digits and _ . - / , got 3 characters: 'a b'. Rename the parameter.",
        ),
        (
            [
                {
                    **to(TargetAccountIds=["345678901234"]),
                    "ssmParameterConfigurations": [{"parameterName": "a", "amiAccountId": OTHER_ACCOUNT}],
                }
            ],
            "distribution_configuration, Region eu-west-1: AmiAccountId of an SSM parameter must be one of the target "
            f"accounts, got '{OTHER_ACCOUNT}'. Add it to TargetAccountIds there.",
        ),
        (
            [
                {
                    "region": "eu-west-1",
                    "amiDistributionConfiguration": L1.AmiDistributionConfigurationProperty(
                        name=DATED,
                        launch_permission_configuration=L1.LaunchPermissionConfigurationProperty(user_ids=[ACCOUNT]),
                    ),
                }
            ],
            "distribution_configuration, Region eu-west-1: AmiDistributionConfiguration goes to CloudFormation as it "
            "is written and must have keys that begin with a capital, got launchPermissionConfiguration, name, "
            "userIds. Write a dict with LaunchPermissionConfiguration, Name, UserIds.",
        ),
    ],
)
def test_a_rule_that_a_configuration_breaks_stops_the_synthesis(
    stack: cdk.Stack, distributions: Sequence[Any], message: str
) -> None:
    """Which setting of which Region, the value, the rule, and what to write instead; nothing else is said."""
    declare(stack, *distributions)
    assert problems(stack) == [message]


@pytest.mark.parametrize("name", ["ab", "x" * 129, "golden ", "golden/linux"])
def test_a_configurations_name_is_checked(stack: cdk.Stack, name: str) -> None:
    """Too short, too long, or of letters that Image Builder does not take."""
    declare(stack, to(), name=name)
    (problem,) = problems(stack)
    assert problem.startswith("distribution_configuration: name must be 3 to 128 letters, digits, spaces and - _ ")
    assert problem.endswith(f"got {len(name)} characters: {name!r}. Rename the configuration.")


@pytest.mark.parametrize("key", ["alias/aws/ebs", "arn:aws:kms:eu-west-1:123456789012:alias/aws/ebs"])
@pytest.mark.parametrize(
    "sharing",
    [
        {"TargetAccountIds": [ACCOUNT, OTHER_ACCOUNT]},
        {"LaunchPermissionConfiguration": {"UserIds": [OTHER_ACCOUNT]}},
        {
            "LaunchPermissionConfiguration": {
                "OrganizationArns": [f"arn:aws:organizations::{ACCOUNT}:organization/o-0123456789"]
            }
        },
        {"LaunchPermissionConfiguration": {"UserGroups": ["all"]}},
    ],
)
def test_an_ami_that_others_use_is_not_encrypted_with_the_default_key(
    stack: cdk.Stack, key: str, sharing: dict[str, Any]
) -> None:
    """Nobody else can be given AWS's own key for EBS, so that the copy would fail, or start nowhere."""
    declare(stack, to(KmsKeyId=key, **sharing))
    (problem,) = problems(stack)
    assert f"KmsKeyId must be a key of your own for an AMI that others use, got '{key}'" in problem


@pytest.mark.parametrize(
    "settings",
    [
        {"KmsKeyId": "alias/aws/ebs"},
        {"KmsKeyId": "alias/aws/ebs", "TargetAccountIds": [ACCOUNT]},
        {"KmsKeyId": KEY_ARN, "TargetAccountIds": [ACCOUNT, OTHER_ACCOUNT]},
        {"TargetAccountIds": [ACCOUNT, OTHER_ACCOUNT]},
    ],
)
def test_the_default_key_is_for_ones_own(stack: cdk.Stack, settings: dict[str, Any]) -> None:
    """Unshared, or with a key of one's own; and without a key nobody knows whether the AMI is encrypted."""
    declare(stack, to(**settings))
    assert problems(stack) == []


@pytest.mark.parametrize("name", [DATED, "{{imagebuilder:buildDate}}", "a b:c.{{ imagebuilder:buildDate }}", None])
def test_good_names_pass(stack: cdk.Stack, name: str | None) -> None:
    """With and without spaces in the braces; without a name Image Builder makes one."""
    declare(stack, to(**({} if name is None else {"Name": name})))
    assert problems(stack) == []


def test_a_parameter_may_be_of_the_stacks_own_account(stack: cdk.Stack) -> None:
    """Whether the AMI is distributed to the own account too if others are named, only Image Builder knows."""
    parameters = [{"parameterName": "a", "amiAccountId": ACCOUNT}, {"parameterName": "b"}]
    declare(stack, {**to(TargetAccountIds=[OTHER_ACCOUNT]), "ssmParameterConfigurations": parameters})
    assert problems(stack) == []


def test_tokens_pass(stack: cdk.Stack) -> None:
    """What CloudFormation fills in is not judged at synthesis."""
    value = cdk.CfnParameter(stack, "Any").value_as_string
    values = cdk.CfnParameter(stack, "List", type="CommaDelimitedList").value_as_list
    distribution, _ = declare(
        stack,
        {
            "region": value,
            "amiDistributionConfiguration": {
                "Name": f"golden-{value}",
                "KmsKeyId": value,
                "TargetAccountIds": values,
                "LaunchPermissionConfiguration": {"UserIds": [value]},
            },
            "launchTemplateConfigurations": [{"launchTemplateId": value, "accountId": value}],
            "ssmParameterConfigurations": [{"parameterName": value, "amiAccountId": value}],
        },
        {"region": "us-east-1", "amiDistributionConfiguration": {"TargetAccountIds": [value]}},
        name=value,
    )
    distribution.ami_id("us-west-2")
    distribution.ami_id(value, value)
    assert problems(stack) == []
    assert warnings(stack) == []


def test_a_stack_without_an_account_may_be_in_any() -> None:
    """Then a target account may be its own, and nothing is said of it."""
    stack = cdk.Stack(cdk.App(), "Stack")
    distribution, _ = declare(
        stack,
        {
            **to(KmsKeyId="alias/aws/ebs", TargetAccountIds=[ACCOUNT]),
            "ssmParameterConfigurations": [{"parameterName": "a", "amiAccountId": OTHER_ACCOUNT}],
        },
        auto_delete_amis=True,
    )
    distribution.ami_id("eu-west-1", OTHER_ACCOUNT)
    assert problems(stack) == []
    assert warnings(stack) == []


@pytest.mark.parametrize(("first", "then", "found"), [(1, 2, 1), (2, 1, 0)])
def test_what_a_later_line_changes_is_checked(stack: cdk.Stack, first: int, then: int, found: int) -> None:
    """The configuration is read when the app is synthesised, not when the distribution is declared."""
    _, configuration = declare(stack, *[to()] * first)
    configuration.distributions = [L1.DistributionProperty(region="eu-west-1")] * then
    assert len(problems(stack)) == found


def test_the_l2_of_the_alpha_module_is_checked(stack: cdk.Stack) -> None:
    """Its content is made at synthesis, and read then."""
    configuration = imagebuilder_alpha.DistributionConfiguration(stack, "Configuration")
    configuration.add_ami_distributions(imagebuilder_alpha.AmiDistribution(ami_name=DATED, region="eu-west-1"))
    distribution = ImageDistribution(
        stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration
    )
    distribution.ami_id("us-east-1")
    (problem,) = problems(stack)
    assert problem == (
        "ami_id(): region must be one of the configuration's, eu-west-1, got 'us-east-1'. Add the Region to the "
        "configuration, or ask for another."
    )


def test_an_ami_that_no_distribution_makes_cannot_be_asked_for(stack: cdk.Stack) -> None:
    """Region and account are looked for in the configuration, an hour before the wait would."""
    distribution, _ = declare(
        stack, to(TargetAccountIds=[OTHER_ACCOUNT]), to("us-east-1", TargetAccountIds=[OTHER_ACCOUNT])
    )
    DistributionTargetRole(
        cdk.Stack(stack, "Target", env=cdk.Environment(account=OTHER_ACCOUNT)), "Role", source_account=ACCOUNT
    )
    for account in (None, ACCOUNT, OTHER_ACCOUNT):
        distribution.ami_id("eu-west-1", account)
    distribution.ami_id("eu-central-1")
    distribution.ami_id("us-east-1", "345678901234")
    assert problems(stack) == [
        "ami_id(): region must be one of the configuration's, eu-west-1, us-east-1, got 'eu-central-1'. Add the Region "
        "to the configuration, or ask for another.",
        "ami_id(): account must be one of the configuration's target accounts in us-east-1, got '345678901234'. "
        "Add it to TargetAccountIds there.",
    ]
