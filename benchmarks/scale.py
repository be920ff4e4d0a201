"""Many waits at once at the handler: `python -m benchmarks.scale NUMBER` does one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .figures import OURS, Figure

RUNS = 3
WAITS = (1, 50, 200)


def figures() -> Iterator[Figure]:
    """Let more and more waits begin and end at once, each number in a process of its own."""
    found = {waits: [_measured(waits) for _ in range(RUNS)] for waits in WAITS}
    for waits, runs in found.items():
        per_wait = [1000 * run["seconds"] / waits for run in runs]
        yield Figure("scale", f"concurrent waits, {waits}: time for each", "ms", {OURS: per_wait})
    most = found[WAITS[-1]]
    for what, unit in (("seconds", "s"), ("calls", ""), ("errors", ""), ("memory", "MiB")):
        shown = {"seconds": "total time", "memory": "peak memory with the simulated AWS"}.get(what, what)
        yield Figure("scale", f"concurrent waits, {WAITS[-1]}: {shown}", unit, {OURS: [run[what] for run in most]})


def _measured(waits: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.scale", str(waits)]
    variables = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    environment = {**os.environ, **variables}
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    measured: dict[str, float] = json.loads(printed)
    return measured


def main() -> None:
    """Run once and print seconds, calls of AWS's APIs, waits not answered with success, and MiB at the peak."""
    from cdk_image_distribution_handler.index import Handler
    from simulated_aws import SimulatedAccount, Waits

    with SimulatedAccount(Handler) as account:
        waits = Waits(account, int(sys.argv[1]))
        before = len(account.services.calls)
        began = time.perf_counter()
        waits.begin()
        waits.end()
        seconds = time.perf_counter() - began
        called = len(account.services.calls) - before
        statuses = [[answer["Status"] for answer in account.answers_to(sent)] for sent in waits.requests]
        errors = sum(status != ["SUCCESS"] for status in statuses)
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        assert peak is not None
        memory = int(peak[1]) / 1024
        print(json.dumps({"seconds": seconds, "calls": called, "errors": errors, "memory": memory}))


if __name__ == "__main__":
    main()
