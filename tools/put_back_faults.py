"""`python -m tools.put_back_faults [NAME…]`: which test finds each fault that the project once had.

The tool puts each fault into a copy of the project. It runs the random lifecycle machine against the copy with one seed
after another until the machine finds the fault; the tests use the first seed. The machine must find nothing with that
seed in the project as it is. For a fault outside the handler the tool runs the test that is named for it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tools.fault import MACHINE, Fault
from tools.faults import FAULTS, ROOT

STAGE = ROOT / "build" / "faults"
SEEDS = range(1, 6)
#: How many examples of the machine each seed takes, as many as the tests do.
EXAMPLES = 100

_SOURCES = ("constructs", "lambda", "simulated_aws", "tests", "tools")


@dataclass(frozen=True)
class Finding:
    """What came of looking for a fault.

    Attributes:
        problem: How it showed, empty if it did not.
        place: The seed and the steps of the machine, or the test.
    """

    problem: str
    place: str


def main() -> None:
    """Print a row for each fault; exit with 1 if one is not found."""
    wanted = sys.argv[1:]
    chosen = [fault for fault in FAULTS if not wanted or fault.name in wanted or fault.name.rstrip("abcde") in wanted]
    if not chosen:
        raise SystemExit(f"There are only these faults: {', '.join(fault.name for fault in FAULTS)}")
    print("| fault | what is wrong | found by | how it shows |")
    print("| --- | --- | --- | --- |")
    is_missed = False
    for fault in chosen:
        stage(fault)
        found = by_machine() if fault.found_by == MACHINE else by_test(fault.found_by)
        is_missed |= not found.problem
        print(f"| {fault.name} | {fault.what} | {found.place} | {found.problem or '**not found**'} |", flush=True)
    raise SystemExit(is_missed)


def stage(fault: Fault) -> None:
    """Copy the project's sources and put a fault into the copy."""
    shutil.rmtree(STAGE, ignore_errors=True)
    for name in _SOURCES:
        shutil.copytree(ROOT / name, STAGE / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", STAGE)
    for patch in fault.patches:
        patch.apply(STAGE)


def by_machine() -> Finding:
    """Run the machine against the copy, seed by seed."""
    steps = 0
    for seed in SEEDS:
        result = _run_machine(seed, STAGE)
        steps += result["steps"]
        if result["problem"]:
            if not passes(seed):
                raise SystemExit(f"The machine fails with seed {seed} without a fault. Fix that first.")
            return Finding(_first_line(result["problem"]), f"machine, seed {seed}, step {result['steps']:,}")
    return Finding("", f"machine, seeds {SEEDS.start} to {SEEDS.stop - 1}, {steps:,} steps")


@cache
def passes(seed: int) -> bool:
    """Return whether the machine finds nothing in the project as it is."""
    return not _run_machine(seed, ROOT)["problem"]


def by_test(test: str) -> Finding:
    """Run a test against the copy."""
    run = _run(STAGE, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", test)
    if run.returncode not in (0, 1):
        raise SystemExit(run.stdout + run.stderr)
    problems = [line.removeprefix("E ").strip() for line in run.stdout.splitlines() if line.startswith("E ")]
    return Finding(_first_line(problems[0]) if run.returncode else "", test.rpartition("/")[2].replace("::", " "))


def _run_machine(seed: int, root: Path) -> dict[str, Any]:
    run = _run(root, "-m", "tools.machine_run", str(seed), str(EXAMPLES))
    if run.returncode:
        raise SystemExit(run.stderr)
    result: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return result


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = [root, *(root / name for name in ("constructs", "lambda"))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    return subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment, check=False, capture_output=True, text=True
    )


def _first_line(problem: str) -> str:
    line = problem.splitlines()[0].replace("|", "/")
    return line if len(line) <= 160 else line[:159] + "…"


if __name__ == "__main__":
    main()
