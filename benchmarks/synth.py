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
from unittest import mock

from jsii._kernel.providers import process

from .figures import AWS_CUSTOM_RESOURCE, WAYS, Figure
from .stacks import app_of

RUNS = 3
MANY = (100, 200)


def figures() -> Iterator[Figure]:
    """Synthesise one distribution and many, each time in a process of its own, the ways in turn.

    What many add is counted from the quickest synth of one, most of which is not the distribution's.
    """
    found: dict[str, list[dict[int, dict[str, float]]]] = {way: [] for way in WAYS}
    for _ in range(RUNS):
        for way in WAYS:
            found[way].append({number: _measured(way, number) for number in (1, *MANY)})
    for number in MANY:
        further = {
            way: [1000 * (run[number]["seconds"] - _least(runs)) / (number - 1) for run in runs]
            for way, runs in found.items()
        }
        what = f"synthesis of each further distribution, up to {number}"
        yield Figure("synth", what, "ms", further)
    relative = {way: _ratios(times, further[AWS_CUSTOM_RESOURCE]) for way, times in further.items()}
    yield Figure("synth", f"{what}, relative to {AWS_CUSTOM_RESOURCE}", "ratio", relative)
    messages = {
        way: [(run[MANY[-1]]["messages"] - run[1]["messages"]) / (MANY[-1] - 1) for run in runs]
        for way, runs in found.items()
    }
    yield Figure("synth", "jsii calls for each further distribution", "", messages)


def _ratios(times: Sequence[float], others: Sequence[float]) -> list[float]:
    """Return the ratio of each run's time to the other's in the same run."""
    return [time / other for time, other in zip(times, others, strict=True)]


def _least(runs: Sequence[Mapping[int, Mapping[str, float]]]) -> float:
    """Return the seconds of the quickest synth of one distribution."""
    return min(run[1]["seconds"] for run in runs)


def _measured(way: str, distributions: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.synth", way, str(distributions)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, float] = json.loads(printed)
    return measured


def counted_synth(way: str, distributions: int, folder: Path) -> dict[str, float]:
    """Synthesise once; return the seconds from the first construct on, and the messages sent to jsii's kernel."""
    messages = 0
    send = process._NodeProcess.send

    def counted(node: Any, *message: Any) -> Any:
        nonlocal messages
        messages += 1
        return send(node, *message)

    with mock.patch.object(process._NodeProcess, "send", counted):
        began = time.perf_counter()
        app_of(way, distributions, folder).synth()
        return {"seconds": time.perf_counter() - began, "messages": messages}


def main() -> None:
    """Synthesise once and print what it took."""
    way, distributions = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(counted_synth(way, distributions, Path(folder))))


if __name__ == "__main__":
    main()
