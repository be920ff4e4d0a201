"""Which tests run in one process, and which begin first."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# A process starts and bootstraps one server for all of the tests of deployments that it runs, which takes as long as
# three deployments, and loads cfn-lint once for all of the tests of templates. So these run in few processes.
_SHARING = {
    "local_aws_tests": {"local_aws_tests"},
    "e2e, first half": {"e2e/test_life_cycle.py", "e2e/test_reliability.py", "e2e/test_waiting.py"},
    "e2e, second half": {"e2e"},
    "templates": {
        "construct/test_arrangements.py",
        "construct/test_references.py",
        "construct/test_snapshots.py",
        "docs/test_snippets.py",
        "examples/test_checkers.py",
    },
}
# Of these tests, each starts a server of its own, or none.
_OWN_SERVERS = {
    "e2e/test_demo.py",
    "local_aws_tests/test_cdk_sessions.py",
    "local_aws_tests/test_copies.py",
    "local_aws_tests/test_process.py",
}

# Seconds that the longest of what runs in one process takes on two cores; of any other file's test, a tenth.
_LONGEST = {
    "e2e, first half": 320,
    "e2e, second half": 310,
    "live/test_command.py": 185,
    "live/test_modes.py": 172,
    "local_aws_tests": 159,
    "templates": 145,
    "handler/test_lifecycle.py": 125,
    "tests/test_types.py": 81,
    "tests/test_admitted_versions.py": 81,
    "docs/test_local_aws.py": 72,
    "e2e/test_demo.py": 42,
    "examples/test_examples.py": 40,
    "handler/test_optional_members.py": 38,
    "local_aws_tests/test_process.py": 36,
    "construct/test_limits_properties.py": 28,
    "docs/test_upgrade.py": 22,
    "construct/test_distribution_permissions.py": 21,
    "construct/test_preflight_warnings.py": 21,
    "construct/test_stack_size.py": 21,
}

# These mostly wait for deployments.
_DEPLOYING = ("docs/test_local_aws.py", "e2e", "live/", "local_aws_tests")


def scheduler(config: pytest.Config, log: Any) -> Any:
    """Return what gives a process whole files, or all files that share what is costly."""
    made = LoadFileScheduling(config, log)
    made._split_scope = lambda nodeid: _together(Path(nodeid.split("::")[0]))
    return made


def sort(items: list[pytest.Item]) -> None:
    """Put the longest first, so that of parallel processes none is left with a long one in the end.

    Those that deploy take turns with those that keep a core busy.
    """
    tests = Counter(_together(item.path) for item in items)
    longest_first = sorted(tests, key=lambda name: -_LONGEST.get(name, tests[name] / 10))
    deploying = [name for name in longest_first if name.startswith(_DEPLOYING)]
    computing = [name for name in longest_first if not name.startswith(_DEPLOYING)]
    turns = [name for pair in zip_longest(deploying, computing) for name in pair]
    place = {name: number for number, name in enumerate(turns)}
    items.sort(key=lambda item: place[_together(item.path)])


@cache
def _together(path: Path) -> str:
    """Return the name of what runs in one process: that of several files, or the last folder of a file and its name."""
    folder, file = path.parent.name, f"{path.parent.name}/{path.name}"
    if file in _OWN_SERVERS:
        return file
    return next((name for name, parts in _SHARING.items() if parts & {folder, file}), file)
