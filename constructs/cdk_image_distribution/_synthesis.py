"""What the constructs of a stage do at synthesis, when every aspect and later line of the app has had its say.

One validation serves all distributions of a stage: one for each would be three round trips to jsii's kernel, and a
callback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import jsii
from aws_cdk import Stack, Stage
from constructs import IConstruct, IValidation

from ._environment import environment_of, stack_of


def at_synthesis(scope: IConstruct, check: Callable[[], None]) -> None:
    """Have a function called when the stage of a construct is synthesised, before its templates are written.

    Args:
        scope: The construct, or a stage.
        check: The function.
    """
    root = scope if isinstance(scope, Stage) else environment_of(stack_of(scope)).stage or stack_of(scope)
    _of(root).checks.append(check)


def set_errors(construct: IConstruct, errors: Sequence[str]) -> None:
    """Let the synthesis fail with these errors of a construct below the stage; call it in an `at_synthesis` check."""
    found = _errors.get(construct)
    if found is None and errors:
        # CDK validates a stage before the constructs in it, so that a validation added now is still called.
        found = _errors[construct] = _Errors()
        construct.node.add_validation(found)
    if found is not None:
        found.errors = list(errors)


@jsii.implements(IValidation)
class _Checks:
    """The checks of a stage, in the order of the app."""

    def __init__(self) -> None:
        self.checks: list[Callable[[], None]] = []

    def validate(self) -> list[str]:
        for check in self.checks:
            check()
        return []


@jsii.implements(IValidation)
class _Errors:
    """What is wrong with one construct."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def validate(self) -> list[str]:
        return self.errors


@cache
def _of(root: Stage | Stack) -> _Checks:
    made = _Checks()
    root.node.add_validation(made)
    return made


_errors: dict[IConstruct, _Errors] = {}
