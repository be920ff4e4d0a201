"""The checks of `check`: one function each, which returns what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..assembly import Planned, PlannedStack, distributions_of
from ..aws import Aws
from ..errors import Unread
from . import (
    configurations,
    environment,
    keys,
    launch_templates,
    parameters,
    permissions,
    quotas,
    regions,
    roles,
    source_amis,
)
from .context import Context
from .result import Outcome, Result, Subject

#: The checks in the order of the output, with the name for what stays unknown.
CHECKS: tuple[tuple[str, Callable[[Context], Iterator[Result]]], ...] = (
    ("configuration", configurations.check),
    ("source AMI", source_amis.check),
    ("encryption", source_amis.check_encryption),
    ("Region", regions.check),
    ("KMS key", keys.check),
    ("launch template", launch_templates.check),
    ("parameter", parameters.check),
    ("quota", quotas.check),
    ("target role", roles.check_target_roles),
    ("execution role", roles.check_execution_roles),
    ("permissions", permissions.check),
)


def run(aws: Aws, stacks: Sequence[PlannedStack]) -> list[Result]:
    """Run the checks for the distributions of stacks, and return the results, each once.

    Raises:
        Unread: The credentials do not work.
    """
    planned = [item for stack in stacks for item in distributions_of(stack, aws.account, aws.region, aws.partition)]
    results = list(environment.check(aws, planned))
    groups: dict[str, list[Planned]] = {}
    for item in planned:
        if item.account == aws.account:
            groups.setdefault(item.region, []).append(item)
    for region, distributions in groups.items():
        context = Context(aws.in_region(region), stacks, distributions)
        for name, check in CHECKS:
            results += _run_one(name, check, context)
    return list(dict.fromkeys(results))


def _run_one(name: str, check: Callable[[Context], Iterator[Result]], context: Context) -> Iterator[Result]:
    try:
        yield from check(context)
    except Unread as error:
        yield Subject(name, context.aws.region).unread(error, "the caller to read it")


__all__ = ["CHECKS", "Outcome", "Result", "run"]
