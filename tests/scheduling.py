"""Which tests run in one process, and which begin first."""

from __future__ import annotations

from collections import Counter
from functools import cache
from heapq import heappop, heappush
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
    "e2e, second half": 224,
    "e2e, first half": 197,
    "live/test_modes.py": 160,
    "live/test_command.py": 155,
    "local_aws_tests": 138,
    "templates": 104,
    "handler/test_lifecycle.py": 102,
    "tests/test_types.py": 67,
    "tests/test_admitted_versions.py": 66,
    "docs/test_local_aws.py": 55,
    "e2e/test_demo.py": 37,
    "local_aws_tests/test_process.py": 26,
    "construct/test_stack_size.py": 16,
    "construct/test_limits_properties.py": 16,
    "handler/test_optional_members.py": 14,
    "examples/test_examples.py": 13,
    "tests/test_packaging.py": 13,
    "docs/test_upgrade.py": 12,
}

# These mostly wait for deployments.
_DEPLOYING = ("docs/test_local_aws.py", "e2e", "live/", "local_aws_tests")


def scheduler(config: pytest.Config, log: Any) -> Any:
    """Return what gives a process whole files, or all files that share what is costly."""
    made = LoadFileScheduling(config, log)
    made._split_scope = lambda nodeid: _together(Path(nodeid.split("::")[0]))
    return made


def sort(items: list[pytest.Item], processes: int) -> None:
    """Put the longest first, so that of parallel processes none is left with a long one in the end.

    In one process at least, nothing is deployed as long as there is anything else to do.
    """
    tests = Counter(_together(item.path) for item in items)
    seconds = {name: _LONGEST.get(name, number / 10) for name, number in tests.items()}
    longest_first = sorted(tests, key=lambda name: -seconds[name])
    deploying = [name for name in longest_first if name.startswith(_DEPLOYING)]
    computing = [name for name in longest_first if not name.startswith(_DEPLOYING)]
    place: dict[str, int] = {}
    running = [(0.0, False)] * processes
    while deploying or computing:
        now, _ = heappop(running)
        is_crowded = sum(deploys for _, deploys in running) >= processes - 1
        begun = deploying if deploying and not (is_crowded and computing) else computing
        name = begun.pop(0)
        place[name] = len(place)
        heappush(running, (now + seconds[name], begun is deploying))
    items.sort(key=lambda item: place[_together(item.path)])


@cache
def _together(path: Path) -> str:
    """Return the name of what runs in one process: that of several files, or the last folder of a file and its name."""
    folder, file = path.parent.name, f"{path.parent.name}/{path.name}"
    if file in _OWN_SERVERS:
        return file
    return next((name for name, parts in _SHARING.items() if parts & {folder, file}), file)
