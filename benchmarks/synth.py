"""What a further distribution adds to the time of a synth: `python -m benchmarks.synth WAY NUMBER` does one."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jsii._kernel.providers import process

from .figures import WAYS, Figure
from .stacks import app_of

RUNS = 3
MANY = (100, 200)


def figures() -> Iterator[Figure]:
    """Synthesise one distribution and many, each time in a process of its own.

    What many add is counted from the quickest synth of one, most of which is not the distribution's.
    """
    found = {way: [{number: _measured(way, number) for number in (1, *MANY)} for _ in range(RUNS)] for way in WAYS}
    for number in MANY:
        further = {
            way: [1000 * (run[number]["seconds"] - _least(runs)) / (number - 1) for run in runs]
            for way, runs in found.items()
        }
        yield Figure("synth", f"synthesis of each further distribution, up to {number}", "ms", further)
    messages = {
        way: [(run[MANY[-1]]["messages"] - run[1]["messages"]) / (MANY[-1] - 1) for run in runs]
        for way, runs in found.items()
    }
    yield Figure("synth", "jsii calls for each further distribution", "", messages)


def _least(runs: Sequence[Mapping[int, Mapping[str, float]]]) -> float:
    """Return the seconds of the quickest synth of one distribution."""
    return min(run[1]["seconds"] for run in runs)


def _measured(way: str, distributions: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.synth", way, str(distributions)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, float] = json.loads(printed)
    return measured


def main() -> None:
    """Synthesise once and print the seconds, from the first construct on, and the messages sent to jsii's kernel."""
    way, distributions = sys.argv[1], int(sys.argv[2])
    messages = 0
    send = process._NodeProcess.send

    def counted(node: Any, *message: Any) -> Any:
        nonlocal messages
        messages += 1
        return send(node, *message)

    setattr(process._NodeProcess, "send", counted)  # noqa: B010
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        app_of(way, distributions, Path(folder)).synth()
        print(json.dumps({"seconds": time.perf_counter() - began, "messages": messages}))


if __name__ == "__main__":
    main()
