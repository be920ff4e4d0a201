"""What must be in the Region or the account of the stack that distributes is refused from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Annotations, Match, Template
from constructs import Construct

from cdk_image_distribution import ImageDistribution, SourceImage

from .stacks import AMI_ID, CONFIGURATION_ARN, OTHER_ACCOUNT, configuration_in

ACCOUNT = "123456789012"
IMAGE_ARN = "arn:aws:imagebuilder:us-east-1:123456789012:image/golden/1.0.0/1"
PARAMETER_ARN = "arn:aws:ssm:us-east-1:123456789012:parameter/golden"
LOG_GROUP_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:images"
TRUSTED = iam.ServicePrincipal("imagebuilder.amazonaws.com")


def declare(stack: cdk.Stack, **arguments: Any) -> ImageDistribution:
    """Declare a distribution that is well but for the arguments given."""
    good = {"source_image": AMI_ID, "distribution_configuration": CONFIGURATION_ARN}
    return ImageDistribution(stack, "Distribution", **{**good, **arguments})


def there(stack: cdk.Stack, environment: cdk.Environment) -> cdk.Stack:
    """Make another stack of the same app."""
    assert isinstance(stack.node.scope, Construct)
    return cdk.Stack(stack.node.scope, "There", env=environment)


def other_region(stack: cdk.Stack) -> cdk.Stack:
    """Make a stack of the same account in another Region."""
    return there(stack, cdk.Environment(account=ACCOUNT, region="us-east-1"))


def other_account(stack: cdk.Stack) -> cdk.Stack:
    """Make a stack of another account in the same Region."""
    return there(stack, cdk.Environment(account=OTHER_ACCOUNT, region="eu-west-1"))


ELSEWHERE: list[tuple[Callable[[cdk.Stack], dict[str, Any]], str]] = [
    (
        lambda stack: {"source_image": IMAGE_ARN},
        "source_image must be in the stack's Region, eu-west-1, got one in us-east-1",
    ),
    (
        lambda stack: {"source_image": SourceImage.from_image_arn(IMAGE_ARN)},
        "source_image must be in the stack's Region",
    ),
    (lambda stack: {"source_image": f"ssm:{PARAMETER_ARN}"}, "source_image must be in the stack's Region"),
    (
        lambda stack: {"source_image": SourceImage.from_ssm_reference(PARAMETER_ARN)},
        "source_image must be in the stack's Region",
    ),
    (
        lambda stack: {"source_image": ssm.StringParameter(other_region(stack), "Golden", string_value=AMI_ID)},
        "source_image must be in the stack's Region, eu-west-1, got one in us-east-1. An AMI is in one Region",
    ),
    (
        lambda stack: {"distribution_configuration": configuration_in(other_region(stack))},
        "distribution_configuration must be in the stack's Region",
    ),
    (
        lambda stack: {"distribution_configuration": configuration_in(other_account(stack))},
        f"distribution_configuration must be in the stack's account, {ACCOUNT}, got one in {OTHER_ACCOUNT}",
    ),
    (
        lambda stack: {"distribution_configuration": CONFIGURATION_ARN.replace(ACCOUNT, OTHER_ACCOUNT)},
        f"distribution_configuration must be in the stack's account, {ACCOUNT}, got one in {OTHER_ACCOUNT}",
    ),
    (
        lambda stack: {"execution_role": iam.Role.from_role_arn(stack, "Role", f"arn:aws:iam::{OTHER_ACCOUNT}:role/a")},
        f"execution_role must be in the stack's account, {ACCOUNT}, got one in {OTHER_ACCOUNT}. Pass a role of this",
    ),
    (
        lambda stack: {"execution_role": iam.Role(other_account(stack), "Role", role_name="a", assumed_by=TRUSTED)},
        "execution_role must be in the stack's account",
    ),
    (
        lambda stack: {
            "auto_delete_amis": True,
            "lifecycle_role": iam.Role.from_role_arn(stack, "Role", f"arn:aws:iam::{OTHER_ACCOUNT}:role/a"),
        },
        "lifecycle_role must be in the stack's account",
    ),
    (
        lambda stack: {"log_group": logs.LogGroup.from_log_group_arn(stack, "Log", LOG_GROUP_ARN)},
        "log_group must be in the stack's Region, eu-west-1, got one in us-east-1",
    ),
    (
        lambda stack: {"log_group": logs.LogGroup(other_account(stack), "Log", log_group_name="images")},
        "log_group must be in the stack's account",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), ELSEWHERE)
def test_what_is_elsewhere_is_refused(
    stack: cdk.Stack, arguments: Callable[[cdk.Stack], dict[str, Any]], message: str
) -> None:
    """Image Builder looks for it in the Region and the account where it is called."""
    with pytest.raises(ValueError) as refusal:
        declare(stack, **arguments(stack))
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize(
    "arguments",
    [
        {"source_image": IMAGE_ARN.replace("us-east-1", "eu-west-1")},
        {"source_image": IMAGE_ARN.replace("us-east-1", "eu-west-1").replace(ACCOUNT, OTHER_ACCOUNT)},
        {"source_image": f"ssm:{PARAMETER_ARN.replace('us-east-1', 'eu-west-1').replace(ACCOUNT, OTHER_ACCOUNT)}"},
        {"source_image": "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/x.x.x"},
    ],
)
def test_images_and_parameters_that_another_account_shares_pass(stack: cdk.Stack, arguments: dict[str, Any]) -> None:
    """AWS RAM shares them, within a Region."""
    declare(stack, **arguments)
    Template.from_stack(stack)


@pytest.mark.parametrize("arguments", [arguments for arguments, _ in ELSEWHERE])
def test_a_stack_without_an_account_and_a_region_may_be_in_any(
    arguments: Callable[[cdk.Stack], dict[str, Any]],
) -> None:
    """Nothing is known to be elsewhere then."""
    stack = cdk.Stack(cdk.App(), "Stack")
    declare(stack, **arguments(stack))


def test_a_new_region_is_taken_and_warned_of(stack: cdk.Stack) -> None:
    """Of a configuration that is given by its ARN, too."""
    declare(stack).ami_id("eu-west-9")
    found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert [str(message.entry.data) for message in found] == [
        "Neither botocore nor aws-cdk-lib knows the Region eu-west-9. Correct it, upgrade one of the two, or "
        "acknowledge this if the Region is new. [ack: cdk-image-distribution:newRegion]"
    ]
