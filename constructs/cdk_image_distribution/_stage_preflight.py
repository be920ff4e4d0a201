"""What can be seen only when all distributions of a stage are looked at together."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_cdk import CfnResource, Names, NestedStack, Stack, Stage
from constructs import IConstruct

from ._distribution_configuration import DistributionConfiguration
from ._environment import environment_of
from ._literal import is_literal
from ._synthesis import at_synthesis
from ._warnings import warn

# CDK's own names for what a stack gives to others in its Region, and in another one.
_EXPORTS = "Exports"
_EXPORTS_WRITER = "ExportsWriter"
_WRITER_PROVIDER = "Custom::CrossRegionExportWriterCustomResourceProvider"


@dataclass(frozen=True)
class Declared:
    """A distribution of the stage: its construct, its configuration, and its tokens for the image's ARN."""

    scope: IConstruct
    stack: Stack
    configuration: DistributionConfiguration
    image_arns: Callable[[], Sequence[str]]


def register(declared: Declared) -> None:
    """Have a distribution checked with the others of its stage."""
    stage = environment_of(declared.stack).stage
    if stage is not None:
        _preflight_of(stage).distributions.append(declared)


@cache
def _preflight_of(stage: Stage) -> StagePreflight:
    made = StagePreflight()
    at_synthesis(stage, made.check)
    return made


class StagePreflight:
    """Warns of distributions that hinder each other or the next deployment."""

    def __init__(self) -> None:
        self.distributions: list[Declared] = []

    def check(self) -> None:
        """Put the warnings on the constructs; nothing is an error."""
        self._warn_of_same_parameters()
        self._warn_of_exports()

    def _warn_of_same_parameters(self) -> None:
        writers: dict[tuple[object, ...], IConstruct] = {}
        for declared in self.distributions:
            for place, name in _parameters(declared):
                first = writers.setdefault((*place, name), declared.scope)
                if first is not declared.scope:
                    warn(
                        declared.scope,
                        "sameParameter",
                        f"The SSM parameter {name} in {place[0]} is written by {first.node.path} too: it has the AMI "
                        "of the distribution that ends last. Write another parameter, or acknowledge this.",
                    )

    def _warn_of_exports(self) -> None:
        exports = {stack: list(_exports(stack)) for stack in {declared.stack for declared in self.distributions}}
        for declared in self.distributions:
            if _is_exported(declared, exports[declared.stack]):
                warn(
                    declared.scope,
                    "exportedAmi",
                    "Another stack uses ami_id() or image_arn of this distribution. CloudFormation does not change an "
                    "export in use, so that the next AMI cannot be deployed. Pass machine_image() to the other stack, "
                    "or read an SSM parameter there that the configuration writes, or acknowledge this.",
                )


def _parameters(declared: Declared) -> Iterator[tuple[tuple[object, object], str]]:
    """Yield Region and account, and name, of each parameter that a distribution writes, as far as they are known."""
    own = environment_of(declared.stack)
    # Of two stacks whose account is not known, nothing says that it is the same.
    own_account = own.account if is_literal(own.account) else declared.stack
    if declared.configuration.resource is None:
        return
    for item in declared.configuration.distributions():
        for parameter in item.ssm_parameters:
            if is_literal(item.region) and is_literal(parameter.name):
                account = parameter.account if is_literal(parameter.account) else own_account
                yield (item.region, account), parameter.name


def _is_exported(declared: Declared, exports: Sequence[str]) -> bool:
    if not exports:
        return False
    ids = {declared.stack.resolve(arn)["Fn::GetAtt"][0] for arn in declared.image_arns()}
    # What leaves a nested stack is an output of it, named by the path of the resource and a digest.
    path = Names.node_unique_id(declared.scope.node)[:-8]
    pattern = re.compile(rf'"(?:{"|".join(ids)})"|"Outputs\.{path}(?:Wait)?[0-9A-F]{{8}}(?:AmiId|ImageArn)')
    return any(pattern.search(export) for export in exports)


def _exports(stack: Stack) -> Iterator[str]:
    """Yield what a stack, or the stack that it is nested in, gives to other stacks: text with the `Fn::GetAtt`."""
    exports = stack.node.try_find_child(_EXPORTS)
    if exports is not None:
        yield from (child.node.id for child in exports.node.children)
    if stack.node.try_find_child(_WRITER_PROVIDER) is not None:
        for child in stack.node.children:
            if child.node.id.startswith(_EXPORTS_WRITER):
                yield json.dumps(_properties(stack, child), separators=(",", ":"))
    if isinstance(stack, NestedStack) and stack.nested_stack_parent is not None:
        yield from _exports(stack.nested_stack_parent)


def _properties(stack: Stack, writer: IConstruct) -> Any:
    resource = writer.node.find_child("Resource").node.default_child
    return stack.resolve(resource._cfn_properties) if isinstance(resource, CfnResource) else None
