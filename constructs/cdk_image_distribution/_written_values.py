"""Values of a resource as the app wrote them: tokens, intrinsic functions, and the branches of `Fn::If`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import (
    CfnResource,
    DefaultTokenResolver,
    Fn,
    IPostProcessor,
    IResolvable,
    IResolveContext,
    Reference,
    ScopedAws,
    StringConcat,
    Token,
    Tokenization,
)

from ._environment import stack_of
from ._literal import is_literal

#: Text or a number; text with tokens in it if only CloudFormation knows it, None if it is an item of such a list.
Value = Any

#: Names of conditions, each with whether it must hold.
Conditions = tuple[tuple[str, bool], ...]

_NO_VALUE = {"Ref": "AWS::NoValue"}

_TOKEN = re.compile(r"[$#]\{Token\[[^\]]*\]\}")

# References that CDK does not know as such, in JSON.
_BY_NAME = re.compile(r'"Fn::GetAtt"|"Fn::Sub"|"Ref": "(?!AWS::)')

# They differ between stacks of one account and Region.
_OF_STACK = ("AWS::StackId", "AWS::StackName")

# Stands for a resource that is not there: no account, launch template or parameter.
_NOTHING = "000000000000"


@dataclass(frozen=True)
class Written:
    """A value, and the conditions under which it is the value."""

    value: Value
    conditions: Conditions = ()


def is_unreadable(value: Value) -> bool:
    """Return whether only CloudFormation knows a list or an object."""
    return _is_intrinsic(value) or (isinstance(value, str) and not is_literal(value))


class WrittenValues:
    """The values of a resource.

    Args:
        resource: The resource.
    """

    def __init__(self, resource: CfnResource) -> None:
        self._resource = resource
        self._resolver = _KeepingTokens(resource)
        self._texts: dict[object, str] = {}

    def resolve(self, value: Value) -> Value:
        """Return a value with its lists and objects resolved.

        References stay the tokens that they are, so that CDK makes of each what its consumer's stack needs: a
        reference, an import, a parameter of a nested stack, or a reference to another Region.
        """
        return Tokenization.resolve(value, scope=self._resource, resolver=self._resolver, preparing=False)

    def branches(self, written: Written) -> list[Written]:
        """Return what a resolved value may be: the branches of each `Fn::If`, without `AWS::NoValue`."""
        intrinsic = self._intrinsic(written.value)
        if intrinsic == _NO_VALUE:
            return []
        arguments = intrinsic.get("Fn::If") if intrinsic is not None else None
        if not isinstance(arguments, list) or len(arguments) != 3:
            return [written]
        name, *values = arguments
        return [
            branch
            for value, holds in zip(values, (True, False), strict=True)
            for branch in self.branches(Written(value, (*written.conditions, (name, holds))))
        ]

    def items(self, written: Written) -> list[Written]:
        """Return the items of a list in all branches; None for those of a list that only CloudFormation knows."""
        found = []
        for branch in self.branches(written):
            if is_unreadable(branch.value):
                found.append(Written(None, branch.conditions))
            elif isinstance(branch.value, list):
                for item in branch.value:
                    found += self.branches(Written(item, branch.conditions))
        return found

    def leaf(self, written: Written) -> Value:
        """Return text or a number as the resource's template can have it."""
        value = written.value
        if _is_intrinsic(value):
            # A function that the user wrote as a mapping.
            key = json.dumps(value, sort_keys=True)
            if key not in self._texts:
                self._texts[key] = Token.as_string(value)
                self._resolver.intrinsics[self._texts[key]] = value
            value = self._texts[key]
        if not isinstance(value, str) or is_literal(value):
            return value
        if self._intrinsic(value) == _NO_VALUE:
            return None
        if written.conditions and self._may_be_missing(value):
            return self._guarded(value, written.conditions)
        return value

    def _intrinsic(self, value: Value) -> Mapping[str, Value] | None:
        if _is_intrinsic(value):
            found: Mapping[str, Value] = value
            return found
        return self._resolver.intrinsics.get(value) if isinstance(value, str) else None

    def _guarded(self, value: str, conditions: Conditions) -> str:
        """Return a reference to a resource under the conditions that the configuration has it under."""
        key = (value, conditions)
        if key not in self._texts:
            guarded: Any = value
            for name, holds in reversed(conditions):
                guarded = Fn.condition_if(name, *((guarded, _NOTHING) if holds else (_NOTHING, guarded)))
            self._texts[key] = Token.as_string(guarded)
        return self._texts[key]

    def _may_be_missing(self, value: str) -> bool:
        """Return whether a text refers to a resource that has, or may have, a condition."""
        for text in self._tokens_in(value):
            if _BY_NAME.search(json.dumps(self._intrinsic(text))):
                return True
            token = Tokenization.reverse(text, fail_concat=False)
            target = token.target if isinstance(token, Reference) else None
            if isinstance(target, CfnResource) and target.cfn_options.condition is not None:
                return True
        return False

    def _tokens_in(self, value: Value) -> Iterator[str]:
        if isinstance(value, str):
            for text in _TOKEN.findall(value):
                yield text
                yield from self._tokens_in(self._resolver.intrinsics.get(text))
        elif isinstance(value, Mapping | list):
            for item in value.values() if isinstance(value, Mapping) else value:
                yield from self._tokens_in(item)


class _KeepingTokens(DefaultTokenResolver):
    """Resolves tokens for lists and objects, and leaves those for text in place."""

    def __init__(self, resource: CfnResource) -> None:
        super().__init__(StringConcat())
        self._resource = resource
        #: What the tokens in place are, but for references.
        self.intrinsics: dict[str, Mapping[str, Value]] = {}

    def resolve_token(self, t: IResolvable, context: IResolveContext, post_processor: IPostProcessor) -> Value:
        if Reference.is_reference(t):
            return Token.as_string(t)
        resolved = super().resolve_token(t, context, post_processor)
        if not _is_intrinsic(resolved):
            return resolved
        if resolved.get("Ref") in _OF_STACK:
            return self._scoped(resolved["Ref"])
        text = Token.as_string(t)
        self.intrinsics[text] = resolved
        return text

    def _scoped(self, pseudo_parameter: str) -> str:
        """Return the token of a pseudo parameter that differs between stacks of one account and Region."""
        here = ScopedAws(stack_of(self._resource))
        return here.stack_name if pseudo_parameter == "AWS::StackName" else here.stack_id


def _is_intrinsic(value: Value) -> bool:
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    return all(key == "Ref" or str(key).startswith("Fn::") for key in value)
