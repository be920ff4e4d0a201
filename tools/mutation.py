"""`python -m tools.mutation [NUMBER]`: how many mutants of the handler its tests find, of a random sample of so many.

mutmut makes the mutants and finds out which tests reach each function. Each mutant is tested in a process of its own:
the threads of the simulated AWS do not survive the fork that mutmut would use. The sample is the same at each run. The
lifecycle machine and the load test are left out, since a mutant that only they find has no test that names it.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
STAGE = ROOT / "build" / "mutation"
SAMPLE = 300

_PACKAGE = "cdk_image_distribution_handler"
_LEFT_OUT = ("test_lifecycle.py", "test_load.py")
# The slowest tests of a function take half a minute; a mutant that loops for ever counts as found.
_TIMEOUT = 180
# mutmut expects the package beside the tests, so both are staged.
_SETTINGS = f"""
[tool.pytest.ini_options]
addopts = "--import-mode=importlib"
pythonpath = ["."]

[tool.mutmut]
source_paths = ["{_PACKAGE}"]
pytest_add_cli_args_test_selection = ["tests/handler"]
also_copy = ["local_aws", "simulated_aws", "tests"]
"""


def main() -> None:
    """Print each mutant of the sample that survives, then the share of those that are found."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    stage()
    names = mutants()
    sample = random.Random(1).sample(names, min(size, len(names)))
    tests = json.loads((STAGE / "mutants" / "mutmut-stats.json").read_text())
    with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
        found = list(workers.map(lambda name: is_found(name, tests), sample))
    for name, seen in zip(sample, found, strict=True):
        if not seen:
            print(f"survived: {name}")
    print(f"{sum(found)} of {len(sample)} found ({sum(found) / len(sample):.1%}), of {len(names)} mutants")


def stage() -> None:
    """Copy the handler and what its tests need into a folder of its own."""
    shutil.rmtree(STAGE, ignore_errors=True)
    shutil.copytree(ROOT / "lambda" / _PACKAGE, STAGE / _PACKAGE)
    for name in ("local_aws", "simulated_aws"):
        shutil.copytree(ROOT / name, STAGE / name)
    left_out = shutil.ignore_patterns(*_LEFT_OUT, "__pycache__")
    shutil.copytree(ROOT / "tests" / "handler", STAGE / "tests" / "handler", ignore=left_out)
    for name in ("__init__.py", "conftest.py"):
        shutil.copy(ROOT / "tests" / name, STAGE / "tests" / name)
    (STAGE / "pyproject.toml").write_text(_SETTINGS)


def mutants() -> list[str]:
    """Have mutmut make the mutants and measure the tests, and return the mutants' names."""
    # No mutant has this name, so that none is run.
    mutmut = [sys.executable, "-m", "mutmut"]
    subprocess.run([*mutmut, "run", "none"], cwd=STAGE, check=False, capture_output=True)
    listed = subprocess.run(
        [*mutmut, "results", "--all", "true"], cwd=STAGE, check=True, capture_output=True, text=True
    ).stdout
    return sorted(re.findall(rf"^\s*({_PACKAGE}\.\S+): ", listed, re.M))


def is_found(name: str, measured: dict[str, dict[str, object]]) -> bool:
    """Run the tests that reach a mutant's function, the quickest first, and return whether one fails."""
    durations = measured["duration_by_test"]
    reaching = measured["tests_by_mangled_function_name"].get(name.rpartition("__mutmut_")[0], [])
    assert isinstance(reaching, list)
    if not reaching:
        return False
    ordered = sorted(reaching, key=lambda test: float(str(durations.get(test, 0))))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *ordered]
    try:
        run = subprocess.run(
            command,
            cwd=STAGE / "mutants",
            env={**os.environ, "MUTANT_UNDER_TEST": name},
            check=False,
            capture_output=True,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return True
    return run.returncode != 0


if __name__ == "__main__":
    main()
