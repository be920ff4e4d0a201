"""Account and Region of a stack, and what an argument must share with them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from typing import cast

from aws_cdk import Stack, Stage
from constructs import IConstruct

from ._literal import is_literal


@dataclass(frozen=True)
class Environment:
    """Where a stack is deployed to; a token for what is not known at synthesis."""

    account: str
    region: str
    stage: Stage | None


def stack_of(scope: IConstruct) -> Stack:
    """Return the stack of a construct."""
    return scope if isinstance(scope, Stack) else _found_stack_of(cast(Hashable, scope))


@cache
def _found_stack_of(scope: Hashable) -> Stack:
    # It never changes, and to ask for it is a round trip to jsii's kernel.
    return Stack.of(cast(IConstruct, scope))


@cache
def environment_of(stack: Stack) -> Environment:
    """Return a stack's environment, which never changes; each of its parts is a round trip to jsii's kernel."""
    return Environment(stack.account, stack.region, Stage.of(stack))


def check_same_region(argument: str, region: str, own: str, remedy: str) -> None:
    """Raise ValueError if two Regions are known and differ.

    Args:
        argument: The argument's name.
        region: The Region of what was passed.
        own: The stack's Region.
        remedy: What to do, a sentence.
    """
    if region != own and is_literal(region) and is_literal(own):
        raise ValueError(f"{argument} must be in the stack's Region, {own}, got one in {region}. {remedy}")


def check_same_account(argument: str, account: str, own: str, remedy: str) -> None:
    """Raise ValueError if two accounts are known and differ; as `check_same_region`."""
    if account != own and is_literal(account) and is_literal(own):
        raise ValueError(f"{argument} must be in the stack's account, {own}, got one in {account}. {remedy}")
