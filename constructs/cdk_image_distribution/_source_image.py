"""The ways to name the image that is distributed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from . import _argument_types as types
from ._environment import check_same_region, environment_of, stack_of
from ._limits import check_ami_id, check_image_arn, check_source_image
from ._literal import is_literal, is_placeholder

_ARGUMENT = "source_image"
_SSM = "ssm:"

_BIND = types.ArgumentType("be a function", "Use a SourceImage.from_… method.", callable)


class SourceImage:
    """An image to distribute: an AMI of the stack's Region, or an image of Image Builder.

    Made by one of the `from_…` methods. Source: Image Builder API reference, DistributeImage, `sourceImage`.
    """

    def __init__(self, bind: Callable[[Construct], str]) -> None:
        """Use a `from_…` method instead; this one is theirs."""
        _BIND.check("bind", bind)
        self._bind = bind

    @classmethod
    def from_ami_id(cls, ami_id: str) -> SourceImage:
        """Name an AMI by its id. A new id in the app is distributed.

        Raises:
            ValueError: The id is neither a token nor `ami-` with 8 or 17 hexadecimal digits.
        """
        types.TEXT.check("ami_id", ami_id)
        check_ami_id(_ARGUMENT, ami_id)
        return cls(lambda scope: ami_id)

    @classmethod
    def from_machine_image(cls, machine_image: ec2.IMachineImage) -> SourceImage:
        """Name an AMI by an EC2 machine image, lookups included. A new id at synthesis is distributed."""
        types.MACHINE_IMAGE.check("machine_image", machine_image)
        return cls(lambda scope: machine_image.get_image(scope).image_id)

    @classmethod
    def from_ssm_parameter(cls, parameter: str | ssm.IStringParameter) -> SourceImage:
        """Name an AMI by an SSM parameter that CloudFormation reads: the next deployment distributes a new value.

        Args:
            parameter: The parameter, or its name.
        """
        types.PARAMETER.check("parameter", parameter)
        if not isinstance(parameter, str):
            return cls(lambda scope: _value_of(parameter, scope))
        if is_placeholder(parameter):
            # CDK refuses it as a parameter's name.
            return cls(lambda scope: parameter)
        return cls(
            lambda scope: ssm.StringParameter.value_for_typed_string_parameter_v2(
                scope, parameter, ssm.ParameterValueType.AWS_EC2_IMAGE_ID
            )
        )

    @classmethod
    def from_ssm_reference(cls, parameter: str) -> SourceImage:
        """Name an AMI by an SSM parameter that Image Builder reads: a new value needs a new `revision`.

        CloudFormation does not see the value. `from_ssm_parameter` has no such limit.

        Args:
            parameter: The parameter's name or ARN.

        Raises:
            ValueError: The reference is empty or longer than 1,024 characters.
        """
        types.TEXT.check("parameter", parameter)
        check_source_image(_ARGUMENT, f"ssm:{parameter}")
        return cls(lambda scope: f"{_SSM}{parameter}")

    @classmethod
    def from_image_arn(cls, image_arn: str) -> SourceImage:
        """Name an Image Builder image by the ARN of a build version, or of a version: its latest build.

        Raises:
            ValueError: Neither a token nor such an ARN.
        """
        types.TEXT.check("image_arn", image_arn)
        check_image_arn(_ARGUMENT, image_arn)
        return cls(lambda scope: image_arn)

    @classmethod
    def of(cls, value: str | SourceImage | ec2.IMachineImage | ssm.IStringParameter) -> SourceImage:
        """Return a SourceImage as it is, and make one of any other kind of source.

        Raises:
            TypeError: The value is none of the kinds.
            ValueError: The string is neither a token nor one that the API would take.
        """
        if isinstance(value, SourceImage):
            return value
        types.IMAGE.check(_ARGUMENT, value)
        if not isinstance(value, str):
            return cls._of_object(value)
        check_source_image(_ARGUMENT, value)
        return cls(lambda scope: value)

    @classmethod
    def _of_object(cls, value: ec2.IMachineImage | ssm.IStringParameter) -> SourceImage:
        if types.implements(value, "get_image"):
            return cls.from_machine_image(cast(ec2.IMachineImage, value))
        return cls.from_ssm_parameter(cast(ssm.IStringParameter, value))

    def bind(self, scope: Construct) -> BoundSource:
        """Return the image for a distribution, making in its `scope` what that takes."""
        types.SCOPE.check("scope", scope)
        source_image = self._bind(scope)
        check_source_image(_ARGUMENT, source_image)
        arn = source_image.removeprefix("ssm:")
        if arn.startswith("arn:") and arn.count(":") >= 5 and is_literal(arn):
            own = environment_of(stack_of(scope))
            check_same_region(_ARGUMENT, arn.split(":")[3], own.region, "Name an image or a parameter of this Region.")
        return BoundSource(source_image)


@dataclass(frozen=True)
class BoundSource:
    """What DistributeImage gets as its source, a string or a token."""

    value: str

    @property
    def parameter(self) -> str | None:
        """Name or ARN of the SSM parameter that Image Builder itself reads, or None if it reads none."""
        return self.value.removeprefix(_SSM) if self.value.startswith(_SSM) else None

    @property
    def ami(self) -> str | None:
        """Id of the AMI, "*" if only Image Builder will know it, None for an image of Image Builder."""
        if self.value.startswith(_SSM):
            return "*"
        return None if self.value.startswith("arn:") else self.value


def _value_of(parameter: ssm.IStringParameter, scope: Construct) -> str:
    own = environment_of(stack_of(scope))
    remedy = "An AMI is in one Region: pass a parameter of this Region, or parameter.string_value."
    check_same_region(_ARGUMENT, parameter.env.region, own.region, remedy)
    return parameter.string_value
