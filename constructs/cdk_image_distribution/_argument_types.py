"""The types of the public arguments: what each must be, and what to pass instead.

A class of Python is looked at before jsii is asked: reading a property of a construct is a round trip to its kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

_SHOWN = 80


@dataclass(frozen=True)
class ArgumentType:
    """A type that an argument must have.

    Attributes:
        rule: What follows "must" in the message.
        remedy: What to do, a sentence.
        accepts: Whether a value has the type.
    """

    rule: str
    remedy: str
    accepts: Callable[[Any], bool]

    def problem(self, argument: str, value: Any) -> str:
        """Return the message for a value of another type."""
        return f"{argument} must {self.rule}, got {shown(value)}. {self.remedy}"

    def check(self, argument: str, value: Any) -> None:
        """Raise TypeError unless the value has the type."""
        if not self.accepts(value):
            raise TypeError(self.problem(argument, value))

    def check_optional(self, argument: str, value: Any) -> None:
        """Raise TypeError unless the value is None or has the type."""
        if value is not None:
            self.check(argument, value)


def shown(value: Any) -> str:
    """Return how a message shows a value: plain data as it is, with its type; of an object the type."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, str | int | float | list) and Token.is_unresolved(value):
        return f"a token ({type(value).__name__})"
    if isinstance(value, str | int | float | list | tuple | dict):
        text = repr(value)
        text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        return f"{text} ({type(value).__name__})"
    return f"an object of type {type(value).__name__}"


def implements(value: Any, member: str) -> bool:
    """Return whether an object has a member of an interface. An interface of jsii cannot be asked by isinstance."""
    if isinstance(value, str | int | float | list | tuple | dict | type):
        return False
    return hasattr(type(value), member) or hasattr(value, member)


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


def _has(member: str) -> Callable[[Any], bool]:
    return lambda value: implements(value, member)


def _items(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Sequence) and not isinstance(value, str) and all(map(accepts, value))


def _is_text_by_text(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(part, str) for item in value.items() for part in item)


def _is_number(value: Any) -> bool:
    # A token for a number is a number to Python, of either type.
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, float) and Token.is_unresolved(value)


_text = _is(str)
_key = _has("key_arn")

SCOPE = ArgumentType("be a construct", "Pass the stack, or a construct in it.", _is(Construct))
TEXT = ArgumentType("be a string", "Write it in quotation marks, or pass a token for a string.", _text)
ACTIONS = ArgumentType("be strings", "Name actions such as 'imagebuilder:GetImage'.", _items(_text))
ACCOUNT = ArgumentType(
    "be a string", "Write the 12 digits in quotation marks: a number loses its leading zeros.", _text
)
TEXTS = ArgumentType("be a list of strings", "Write a list, also for one.", _items(_text))
TAGS = ArgumentType("be a dict of strings by strings", "Write {'key': 'value'}.", _is_text_by_text)
FLAG = ArgumentType("be True or False", "Write True or False, without quotation marks.", _is(bool))
NUMBER = ArgumentType("be a whole number", "Write it without quotation marks.", _is_number)
DURATION = ArgumentType("be a Duration", "Pass one such as aws_cdk.Duration.hours(3).", _is(Duration))
REMOVAL_POLICY = ArgumentType(
    "be a RemovalPolicy", "Pass one such as aws_cdk.RemovalPolicy.RETAIN.", _is(RemovalPolicy)
)
RETENTION = ArgumentType(
    "be a RetentionDays", "Pass one such as aws_cdk.aws_logs.RetentionDays.ONE_YEAR.", _is(logs.RetentionDays)
)
ROLE = ArgumentType(
    "be an IAM role", "Pass an aws_iam.Role, or import one by aws_iam.Role.from_role_arn().", _has("role_arn")
)
GRANTEE = ArgumentType(
    "be a grantee", "Pass a role, a function or another construct that has permissions.", _has("grant_principal")
)
LOG_GROUP = ArgumentType(
    "be a log group",
    "Pass an aws_logs.LogGroup, or import one by aws_logs.LogGroup.from_log_group_name().",
    # Not log_group_name, which CfnLogGroup has too.
    _has("log_group_arn"),
)
KEY = ArgumentType("be a KMS key", "Pass an aws_kms.Key, or import one by aws_kms.Key.from_key_arn().", _key)
KEYS = ArgumentType(
    "be a list of KMS keys or their ARNs", "Write a list, also for one.", _items(lambda key: _text(key) or _key(key))
)
QUEUE = ArgumentType("be a queue", "Pass an aws_sqs.Queue, or import one by from_queue_arn().", _has("queue_arn"))
DESTINATION = ArgumentType("be a destination", "Pass one of aws_lambda_destinations.", _has("bind"))
TRACING = ArgumentType("be a Tracing", "Pass aws_cdk.aws_lambda.Tracing.ACTIVE.", _is(lambda_.Tracing))
VPC = ArgumentType("be a VPC", "Pass an aws_ec2.Vpc, or import one by aws_ec2.Vpc.from_lookup().", _has("vpc_id"))
SUBNETS = ArgumentType(
    "be a SubnetSelection",
    "Pass aws_ec2.SubnetSelection(subnet_type=…).",
    _is(ec2.SubnetSelection),
)
SECURITY_GROUPS = ArgumentType(
    "be a list of security groups", "Write a list of aws_ec2.SecurityGroup.", _items(_has("security_group_id"))
)
OPERATING_SYSTEM = ArgumentType(
    "be an OperatingSystemType",
    "Pass one such as aws_ec2.OperatingSystemType.WINDOWS.",
    _is(ec2.OperatingSystemType),
)
USER_DATA = ArgumentType("be UserData", "Pass one such as aws_ec2.UserData.for_linux().", _is(ec2.UserData))
TARGET = ArgumentType("be a target of a rule", "Pass one of aws_events_targets, such as SnsTopic(topic).", _has("bind"))
EVENT_PATTERN = ArgumentType(
    "be an EventPattern",
    "Pass aws_events.EventPattern(…).",
    lambda value: isinstance(value, events.EventPattern | dict),
)
IMAGE = ArgumentType(
    "be a string, a SourceImage, an IMachineImage or an IStringParameter",
    "Pass an AMI id, an image's ARN, 'ssm:' and a parameter, or what a SourceImage.from_… method returns.",
    lambda value: _text(value) or implements(value, "get_image") or implements(value, "string_value"),
)
MACHINE_IMAGE = ArgumentType(
    "be an IMachineImage", "Pass one such as aws_ec2.MachineImage.lookup(name=…).", _has("get_image")
)
PARAMETER = ArgumentType(
    "be the name of an SSM parameter or an IStringParameter",
    "Write the name in quotation marks, or pass an aws_ssm.StringParameter.",
    lambda value: _text(value) or implements(value, "string_value"),
)
