"""Which tests run in one process, and which begin first."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# Seconds that the longest of what runs in one process takes on two cores; of any other file's test, a tenth.
_LONGEST = {
    "live/test_command.py": 185,
    "live/test_modes.py": 172,
    "e2e/test_life_cycle.py": 167,
    "local_aws_tests": 159,
    "handler/test_lifecycle.py": 125,
    "e2e/test_reliability.py": 86,
    "tests/test_types.py": 81,
    "tests/test_admitted_versions.py": 81,
    "e2e/test_examples_elsewhere.py": 78,
    "docs/test_local_aws.py": 72,
    "e2e/test_waiting.py": 67,
    "e2e/test_starting.py": 65,
    "e2e/test_command_line.py": 64,
    "examples/test_checkers.py": 52,
    "e2e/test_demo.py": 42,
    "examples/test_examples.py": 40,
    "handler/test_optional_members.py": 38,
    "e2e/test_notifications.py": 37,
    "construct/test_arrangements.py": 37,
    "local_aws_tests/test_process.py": 36,
    "e2e/test_examples.py": 32,
    "docs/test_snippets.py": 29,
    "construct/test_limits_properties.py": 28,
    "construct/test_references.py": 24,
    "e2e/test_other_stacks.py": 23,
    "docs/test_upgrade.py": 22,
    "construct/test_distribution_permissions.py": 21,
    "construct/test_preflight_warnings.py": 21,
    "construct/test_stack_size.py": 21,
}

# These mostly wait for deployments.
_DEPLOYING = ("docs/test_local_aws.py", "e2e/", "live/", "local_aws_tests")

# Of these tests, each starts a server of its own.
_OWN_SERVERS = ("test_process.py", "test_copies.py", "test_cdk_sessions.py")


def scheduler(config: pytest.Config, log: Any) -> Any:
    """Return what gives a process whole files; those of the local AWS share a server, which takes long to bootstrap."""
    made = LoadFileScheduling(config, log)
    made._split_scope = lambda nodeid: _together(Path(nodeid.split("::")[0]))
    return made


def sort(items: list[pytest.Item]) -> None:
    """Put the longest first, so that of parallel processes none is left with a long one in the end.

    Those that deploy take turns with those that keep a core busy.
    """
    tests = Counter(_together(item.path) for item in items)
    longest_first = sorted(tests, key=lambda file: -_LONGEST.get(file, tests[file] / 10))
    deploying = [file for file in longest_first if file.startswith(_DEPLOYING)]
    computing = [file for file in longest_first if not file.startswith(_DEPLOYING)]
    turns = [file for pair in zip_longest(deploying, computing) for file in pair]
    place = {file: number for number, file in enumerate(turns)}
    items.sort(key=lambda item: place[_together(item.path)])


def _together(path: Path) -> str:
    """Return the name of the folder of a file and its own, or of the folder alone, of whose files one process runs."""
    if path.parent.name == "local_aws_tests" and path.name not in _OWN_SERVERS:
        return path.parent.name
    return f"{path.parent.name}/{path.name}"
