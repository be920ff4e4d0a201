"""Every argument of everything public refuses what its annotation does not admit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from cdk_image_distribution import (
    DistributionTargetRole,
    ImageDistribution,
    ImageDistributionProvider,
    LifecycleTargetRole,
    SourceImage,
)

from .signatures import Argument, admits, arguments, public_callables
from .stacks import AMI_ID, CONFIGURATION_ARN, KEY_ARN

IMAGE_ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0/1"

#: One of each kind of mistake: plain data, containers of the wrong content, CDK's own things.
VALUES: dict[str, Any] = {
    "None": None,
    "text": "3 hours",
    "number": 5,
    "fraction": 0.5,
    "true": True,
    "list_of_texts": ["a"],
    "list_of_numbers": [5],
    "list_of_nothing": [None],
    "dict_of_texts": {"a": "b"},
    "dict_of_nothing": {"a": None},
    "object": object(),
    "duration": cdk.Duration.hours(3),
    "policy": cdk.RemovalPolicy.DESTROY,
    "construct": cdk.App(),
    "class": iam.Role,
}


def distribution(stack: cdk.Stack) -> ImageDistribution:
    """Declare a distribution that is well."""
    return ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=CONFIGURATION_ARN)


#: How each is called with what it needs: the stack gives the callable and its good arguments.
CALLS: dict[str, Callable[[cdk.Stack], tuple[Callable[..., Any], dict[str, Any]]]] = {
    "ImageDistribution": lambda stack: (
        ImageDistribution,
        {"scope": stack, "id": "Id", "source_image": AMI_ID, "distribution_configuration": CONFIGURATION_ARN},
    ),
    "ImageDistribution.ami_id": lambda stack: (distribution(stack).ami_id, {"region": "eu-west-1"}),
    "ImageDistribution.machine_image": lambda stack: (distribution(stack).machine_image, {}),
    "ImageDistribution.from_image_arn": lambda stack: (
        ImageDistribution.from_image_arn,
        {"scope": stack, "id": "Id", "image_arn": IMAGE_ARN},
    ),
    "IImageDistribution.on_state_change": lambda stack: (distribution(stack).on_state_change, {"id": "Id"}),
    "IImageDistribution.on_available": lambda stack: (distribution(stack).on_available, {"id": "Id"}),
    "IImageDistribution.on_failure": lambda stack: (distribution(stack).on_failure, {"id": "Id"}),
    "IImageDistribution.on_progress": lambda stack: (distribution(stack).on_progress, {"id": "Id"}),
    "IImageDistribution.grant": lambda stack: (
        distribution(stack).grant,
        {"grantee": iam.ArnPrincipal("arn:aws:iam::123456789012:role/a")},
    ),
    "IImageDistribution.grant_read": lambda stack: (distribution(stack).grant_read, {}),
    "ImageDistributionProvider": lambda stack: (
        ImageDistributionProvider,
        {"scope": stack, "id": "Id", "vpc": ec2.Vpc(stack, "Vpc")},
    ),
    "ImageDistributionProvider.policy_statements": lambda stack: (
        ImageDistributionProvider.policy_statements,
        {"scope": stack, "log_group": logs.LogGroup(stack, "Log")},
    ),
    "ImageDistributionProvider.get_or_create": lambda stack: (ImageDistributionProvider.get_or_create, {}),
    "DistributionTargetRole": lambda stack: (
        DistributionTargetRole,
        {"scope": stack, "id": "Id", "source_account": "123456789012"},
    ),
    "LifecycleTargetRole": lambda stack: (
        LifecycleTargetRole,
        {"scope": stack, "id": "Id", "source_account": "123456789012"},
    ),
    "SourceImage": lambda stack: (SourceImage, {"bind": lambda scope: AMI_ID}),
    "SourceImage.from_ami_id": lambda stack: (SourceImage.from_ami_id, {}),
    "SourceImage.from_machine_image": lambda stack: (SourceImage.from_machine_image, {}),
    "SourceImage.from_ssm_parameter": lambda stack: (SourceImage.from_ssm_parameter, {}),
    "SourceImage.from_ssm_reference": lambda stack: (SourceImage.from_ssm_reference, {}),
    "SourceImage.from_image_arn": lambda stack: (SourceImage.from_image_arn, {}),
    "SourceImage.of": lambda stack: (SourceImage.of, {}),
    "SourceImage.bind": lambda stack: (SourceImage.from_ami_id(AMI_ID).bind, {}),
}


@pytest.mark.parametrize("argument", list(arguments()), ids=str)
def test_a_value_that_the_annotation_does_not_admit_is_refused(stack: cdk.Stack, argument: Argument) -> None:
    """The message has the argument, what it must be, what it got, and what to do."""
    called, good = CALLS[argument.call](stack)
    mistakes = [value for value in VALUES.values() if not admits(argument.annotation, value)]
    assert mistakes
    for number, value in enumerate(mistakes):
        if "id" in good:
            good["id"] = f"Id{number}"
        with pytest.raises((TypeError, ValueError)) as refusal:
            if argument.is_several:
                called(*good.values(), value)
            else:
                called(**{**good, argument.name: value})
        name = "source_image" if argument.call == "SourceImage.of" else argument.name
        assert re.fullmatch(rf"{name} must .+, got .+\. [A-Z].+\.", str(refusal.value)), str(refusal.value)


def test_every_public_callable_is_called() -> None:
    """A new method without an entry in `CALLS` fails here, and so does an entry that is no longer needed."""
    assert {call for call, _ in public_callables()} == set(CALLS)


@pytest.mark.parametrize(
    ("call", "name", "value", "message"),
    [
        (
            "ImageDistribution",
            "timeout",
            "3 hours",
            "timeout must be a Duration, got '3 hours' (str). Pass one such as aws_cdk.Duration.hours(3).",
        ),
        (
            "ImageDistribution",
            "source_image",
            None,
            "source_image must be a string, a SourceImage, an IMachineImage or an IStringParameter, got None. Pass an "
            "AMI id, an image's ARN, 'ssm:' and a parameter, or what a SourceImage.from_… method returns.",
        ),
        (
            "ImageDistribution",
            "tags",
            {"a": None},
            "tags must be a dict of strings by strings, got {'a': None} (dict). Write {'key': 'value'}.",
        ),
        (
            "ImageDistribution",
            "execution_role",
            "arn:aws:iam::123456789012:role/a",
            "execution_role must be an IAM role, got 'arn:aws:iam::123456789012:role/a' (str). Pass an aws_iam.Role, "
            "or import one by aws_iam.Role.from_role_arn().",
        ),
        (
            "ImageDistribution",
            "distribution_configuration",
            5,
            "distribution_configuration must be a CfnDistributionConfiguration, a DistributionConfiguration of the "
            "alpha module, an IDistributionConfigurationRef or an ARN, got 5 (int). Pass the construct of this app, or "
            "the configuration's ARN.",
        ),
        (
            "ImageDistribution.ami_id",
            "account",
            123456789012,
            "account must be a string, got 123456789012 (int). Write the 12 digits in quotation marks: a number loses "
            "its leading zeros.",
        ),
        (
            "ImageDistribution",
            "log_group",
            object(),
            "log_group must be a log group, got an object of type object. Pass an aws_logs.LogGroup, or import one by "
            "aws_logs.LogGroup.from_log_group_name().",
        ),
        (
            "DistributionTargetRole",
            "ssm_parameters",
            "/golden",
            "ssm_parameters must be a list of strings, got '/golden' (str). Write a list, also for one.",
        ),
    ],
)
def test_the_message_is_helpful(stack: cdk.Stack, call: str, name: str, value: Any, message: str) -> None:
    """Word by word, for a mistake of each kind."""
    called, good = CALLS[call](stack)
    with pytest.raises(TypeError) as refusal:
        called(**{**good, name: value})
    assert str(refusal.value) == message


@pytest.mark.parametrize("name", [None, "/images/golden"])
@pytest.mark.parametrize("call", ["ImageDistribution", "ImageDistributionProvider"])
def test_resource_of_a_log_group_is_refused(stack: cdk.Stack, call: str, name: str | None) -> None:
    """A `CfnLogGroup` has a name, but no ARN to allow the role."""
    called, good = CALLS[call](stack)
    with pytest.raises(TypeError, match=r"log_group must be a log group, got an object of type CfnLogGroup\. Pass an"):
        called(**{**good, "log_group": logs.CfnLogGroup(stack, "Log", log_group_name=name)})


def test_a_long_value_is_cut(stack: cdk.Stack) -> None:
    """A message shows 80 characters of it."""
    with pytest.raises(TypeError) as refusal:
        ImageDistributionProvider(stack, "Provider", vpc="x" * 5000)  # type: ignore[arg-type]  # the mistake
    assert len(str(refusal.value)) < 250


def test_what_implements_an_interface_is_taken(stack: cdk.Stack) -> None:
    """Constructs of the app and imported ones, which to Python are proxies without a class of their own."""
    for number, (role, log_group) in enumerate(
        [
            (
                iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com")),
                logs.LogGroup(stack, "LogGroup"),
            ),
            (
                iam.Role.from_role_arn(stack, "RoleByArn", "arn:aws:iam::123456789012:role/a"),
                logs.LogGroup.from_log_group_name(stack, "LogGroupByName", "images"),
            ),
        ]
    ):
        ImageDistribution(
            stack,
            f"Distribution{number}",
            source_image=AMI_ID,
            distribution_configuration=CONFIGURATION_ARN,
            execution_role=role,
            log_group=log_group,
        )
    DistributionTargetRole(
        stack,
        "Target",
        source_account="210987654321",
        kms_keys=(kms.Key.from_key_arn(stack, "Key", KEY_ARN), kms.Key(stack, "OwnKey"), KEY_ARN),
    )


def test_a_token_for_a_number_is_a_number(stack: cdk.Stack) -> None:
    """To Python it is a fraction far below zero."""
    memory = cdk.CfnParameter(stack, "Memory", type="Number").value_as_number
    ImageDistributionProvider(stack, "Provider", memory_size=memory)  # type: ignore[arg-type]  # a float by CDK


def test_a_token_is_called_a_token(stack: cdk.Stack) -> None:
    """Its text says nothing to the user, and its number less."""
    parameter = cdk.CfnParameter(stack, "Parameter", type="Number")
    tokens: dict[str, Any] = {"retries": parameter.value_as_number, "wait": parameter.value_as_string}
    for argument, token in tokens.items():
        with pytest.raises((TypeError, ValueError), match=rf"{argument} must .*, got a token"):
            ImageDistribution(
                stack, argument, source_image=AMI_ID, distribution_configuration=CONFIGURATION_ARN, **{argument: token}
            )


def test_annotations_are_read_as_python_reads_them() -> None:
    """The table of mistakes depends on it: text is no list of texts, True is no number."""
    assert not admits(Sequence[str], "text")
    assert not admits(int, True)
    assert admits(Mapping[str, str] | None, None)
    assert not admits(Mapping[str, str], {"a": None})
    assert admits(str | Enum, cdk.RemovalPolicy.DESTROY)
