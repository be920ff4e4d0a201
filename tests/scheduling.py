"""Which tests run in one process, and which begin first."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# Seconds that the longest of what runs in one process takes on two cores; of any other file's test, a tenth.
_LONGEST = {
    "local_aws_tests": 190,
    "live/test_command.py": 217,
    "e2e/test_life_cycle.py": 193,
    "live/test_modes.py": 181,
    "handler/test_lifecycle.py": 128,
    "tests/test_types.py": 105,
    "tests/test_admitted_versions.py": 95,
    "e2e/test_starting.py": 89,
    "e2e/test_examples_elsewhere.py": 80,
    "e2e/test_waiting.py": 74,
    "e2e/test_reliability.py": 71,
    "docs/test_local_aws.py": 63,
    "examples/test_checkers.py": 63,
    "e2e/test_command_line.py": 61,
    "construct/test_limits_properties.py": 46,
    "e2e/test_demo.py": 41,
    "examples/test_examples.py": 36,
    "e2e/test_notifications.py": 35,
    "local_aws_tests/test_process.py": 34,
    "e2e/test_examples.py": 31,
    "docs/test_snippets.py": 27,
    "construct/test_arrangements.py": 24,
    "handler/test_optional_members.py": 24,
    "e2e/test_other_stacks.py": 21,
}

# Of these tests, each starts a server of its own.
_OWN_SERVERS = ("test_process.py", "test_copies.py", "test_cdk_sessions.py")


def scheduler(config: pytest.Config, log: Any) -> Any:
    """Return what gives a process whole files; those of the local AWS share a server, which takes long to bootstrap."""
    made = LoadFileScheduling(config, log)
    made._split_scope = lambda nodeid: _together(nodeid.split("::")[0])
    return made


def sort(items: list[pytest.Item]) -> None:
    """Put the longest first, so that of parallel processes none is left with a long one in the end."""
    tests = Counter(item.path for item in items)
    seconds = {path: _LONGEST.get(_together("/".join(path.parts[-2:])), count / 10) for path, count in tests.items()}
    items.sort(key=lambda item: -seconds[item.path])


def _together(file: str) -> str:
    folder = Path(file).parent.name
    return folder if folder == "local_aws_tests" and not file.endswith(_OWN_SERVERS) else file
