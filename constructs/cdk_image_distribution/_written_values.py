"""Values of a resource as the app wrote them: tokens, intrinsic functions, and the branches of `Fn::If`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_cdk import (
    CfnResource,
    DefaultTokenResolver,
    Fn,
    Intrinsic,
    IPostProcessor,
    IResolvable,
    IResolveContext,
    Reference,
    ScopedAws,
    Stack,
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

# Functions that name nothing of their template, unless their arguments do.
_PORTABLE = frozenset(
    ("Fn::Base64", "Fn::Cidr", "Fn::GetAZs", "Fn::ImportValue", "Fn::Join", "Fn::Select", "Fn::Split")
)

# They differ between stacks of one account and Region.
_OF_STACK = ("AWS::StackId", "AWS::StackName")

# Stands for a resource that is not there: no account, launch template or parameter.
_NOTHING = "000000000000"


@dataclass(frozen=True)
class Written:
    """A value, and the conditions under which it is the value."""

    value: Value
    conditions: Conditions = ()


@cache
def any_value() -> str:
    """Return a token for `*`: what a value is to a stack whose template cannot name it."""
    return Intrinsic("*").to_string()


def named(value: Value) -> Value:
    """Return a value as a policy names it: with `*` for `any_value()`."""
    return value.replace(any_value(), "*") if has_any_value(value) else value


def has_any_value(value: Value) -> bool:
    """Return whether a value has `any_value()` in it."""
    return isinstance(value, str) and not is_literal(value) and any_value() in value


def is_unreadable(value: Value) -> bool:
    """Return whether only CloudFormation knows a list or an object."""
    return _is_intrinsic(value) or (isinstance(value, str) and not is_literal(value))


class WrittenValues:
    """The values of a resource for the templates of a stack.

    Args:
        resource: The resource.
        reader: The stack.
    """

    def __init__(self, resource: CfnResource, reader: Stack) -> None:
        self._resource = resource
        self._is_elsewhere = stack_of(resource).node.path != reader.node.path
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
        """Return text or a number as the stack's templates can have it."""
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
            return any_value() if self._is_elsewhere else self._guarded(value, written.conditions)
        return _TOKEN.sub(self._widened, value) if self._is_elsewhere else value

    def _widened(self, token: re.Match[str]) -> str:
        return any_value() if self._is_of_template(token[0]) else token[0]

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

    def _is_of_template(self, value: Value) -> bool:
        """Return whether a value names what only the template of the resource has, but for CDK's references."""
        if isinstance(value, str):
            found = (self._resolver.intrinsics.get(text) for text in _TOKEN.findall(value))
            return any(self._is_of_template(intrinsic) for intrinsic in found if intrinsic is not None)
        if isinstance(value, list):
            return any(self._is_of_template(item) for item in value)
        if not isinstance(value, Mapping):
            return False
        return any(self._names(key, item) for key, item in value.items())

    def _names(self, key: str, argument: Value) -> bool:
        if key == "Ref":
            return not str(argument).startswith("AWS::") or argument in _OF_STACK
        if key == "Fn::Sub":
            text, own = argument if isinstance(argument, list) else (argument, {})
            names = [name for name in re.findall(r"\$\{([^!}]+)\}", text) if name not in own]
            return any(self._names("Ref", name) for name in names) or self._is_of_template(list(own.values()))
        # CDK resolves what is below a function in the stack that has the function.
        is_of_stack = any(text in json.dumps(argument) for text in self._resolver.of_stack)
        return key not in _PORTABLE or is_of_stack or self._is_of_template(argument)


class _KeepingTokens(DefaultTokenResolver):
    """Resolves tokens for lists and objects, and leaves those for text in place."""

    def __init__(self, resource: CfnResource) -> None:
        super().__init__(StringConcat())
        self._resource = resource
        #: What the tokens in place are, but for references.
        self.intrinsics: dict[str, Mapping[str, Value]] = {}
        #: The tokens that stand for pseudo parameters of the resource's stack.
        self.of_stack: set[str] = set()

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
        text = here.stack_name if pseudo_parameter == "AWS::StackName" else here.stack_id
        self.of_stack.add(text)
        return text


def _is_intrinsic(value: Value) -> bool:
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    return all(key == "Ref" or str(key).startswith("Fn::") for key in value)
