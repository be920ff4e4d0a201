"""The public signatures of the package, argument by argument, and what their annotations admit."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_ssm as ssm
from aws_cdk.interfaces.aws_imagebuilder import IDistributionConfigurationRef
from typing_extensions import Unpack, is_typeddict

import cdk_image_distribution

_NAMES = {"IDistributionConfigurationRef": IDistributionConfigurationRef, "Unpack": Unpack}
_MODULES = {"ec2": ec2, "events": events, "ssm": ssm}


@dataclass(frozen=True)
class Argument:
    """An argument of a public callable."""

    call: str
    name: str
    annotation: Any
    is_several: bool

    def __str__(self) -> str:
        return f"{self.call}({self.name})"


def public_callables() -> Iterator[tuple[str, Any]]:
    """Yield each public class's constructor and methods, without those that it inherits."""
    for name in cdk_image_distribution.__all__:
        documented = getattr(cdk_image_distribution, name)
        if "__init__" in vars(documented):
            yield name, documented.__init__
        for member, value in vars(documented).items():
            function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
            if not member.startswith("_") and inspect.isfunction(inspect.unwrap(function)):
                yield f"{name}.{member}", function


def arguments() -> Iterator[Argument]:
    """Yield every argument of them; of options the single ones."""
    for call, function in public_callables():
        hints = typing.get_type_hints(function, {**function.__globals__, **_MODULES, **_NAMES})
        for name, parameter in inspect.signature(function).parameters.items():
            if name in ("self", "cls"):
                continue
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                (options,) = get_args(hints[name])
                assert is_typeddict(options)
                for option, annotation in typing.get_type_hints(options).items():
                    yield Argument(call, option, annotation, False)
            else:
                yield Argument(call, name, hints[name], parameter.kind is inspect.Parameter.VAR_POSITIONAL)


def admits(annotation: Any, value: Any) -> bool:
    """Return whether an annotation admits one of `VALUES`; none of them is what an interface asks for."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return True
    if origin in (Union, UnionType):
        return any(admits(one, value) for one in inner)
    if annotation is None or annotation is type(None):
        return value is None
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            admits(inner[0], key) and admits(inner[1], item) for key, item in value.items()
        )
    if origin is not None and issubclass(origin, Sequence):
        return isinstance(value, list | tuple) and all(admits(inner[0], item) for item in value)
    if origin is not None:
        return callable(value)
    if isinstance(value, bool):
        return bool(annotation is bool)
    if getattr(annotation, "_is_protocol", False):
        # Any construct is an IConstruct to the annotation, but not every construct is a configuration.
        return False
    return isinstance(value, annotation)
