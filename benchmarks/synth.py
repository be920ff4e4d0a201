"""What a further distribution adds to the time of a synth: `python -m benchmarks.synth WAY NUMBER` does one."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsii._kernel.providers import process

from .figures import OURS, WAYS, Figure
from .stacks import app_of

RUNS = 3
MANY = 200


def figures() -> Iterator[Figure]:
    """Synthesise one distribution and many, each time in a process of its own."""
    alone: dict[str, list[float]] = {way: [] for way in WAYS}
    further: dict[str, list[float]] = {way: [] for way in WAYS}
    messages: dict[str, list[float]] = {way: [] for way in WAYS}
    halfway = []
    for _ in range(RUNS):
        for way in WAYS:
            one, many = _measured(way, 1), _measured(way, MANY)
            alone[way].append(one["seconds"])
            further[way].append((many["seconds"] - one["seconds"]) / (MANY - 1) * 1000)
            messages[way].append((many["messages"] - one["messages"]) / (MANY - 1))
        half = _measured(OURS, MANY // 2)
        halfway.append((half["seconds"] - alone[OURS][-1]) / (MANY // 2 - 1) * 1000)
    yield Figure("synth", "synth of 1 distribution", "s", alone)
    yield Figure("synth", f"synth, each further distribution up to {MANY // 2}", "ms", {OURS: halfway})
    yield Figure("synth", f"synth, each further distribution up to {MANY}", "ms", further)
    yield Figure("synth", "round trips to jsii's kernel, each further distribution", "", messages)


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
