"""`python -m tools.mutation`: mutate the handler and print how many mutants its tests find, and which they do not.

mutmut expects the package beside the tests, so both are staged in `build/mutation`. The lifecycle machine and the load
test are left out: they take longer than all others, and a mutant that only they find has no test that names it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
STAGE = ROOT / "build" / "mutation"

_PACKAGE = "cdk_image_distribution_handler"
_LEFT_OUT = ("test_lifecycle.py", "test_load.py")
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
    """Stage, run mutmut with the arguments given, print the result."""
    stage()
    subprocess.run([sys.executable, "-m", "mutmut", "run", *sys.argv[1:]], cwd=STAGE, check=False)
    results = subprocess.run(
        [sys.executable, "-m", "mutmut", "results", "--all", "true"],
        cwd=STAGE,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    statuses = re.findall(r"^\s*(\S+): ([\w ]+)$", results, re.M)
    found = [name for name, status in statuses if status in ("killed", "timeout", "caught by type check")]
    left = [(name, status) for name, status in statuses if status in ("survived", "no tests")]
    for name, status in left:
        print(f"{status}: {name}")
    if found or left:
        print(f"{len(found)} of {len(found) + len(left)} mutants found: {len(found) / (len(found) + len(left)):.1%}")


def stage() -> None:
    """Copy the handler and what its tests need; results of an earlier run are kept for what did not change."""
    STAGE.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "lambda" / _PACKAGE, STAGE / _PACKAGE, dirs_exist_ok=True)
    for name in ("local_aws", "simulated_aws"):
        shutil.copytree(ROOT / name, STAGE / name, dirs_exist_ok=True)
    shutil.copytree(
        ROOT / "tests" / "handler",
        STAGE / "tests" / "handler",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(*_LEFT_OUT, "__pycache__"),
    )
    for name in ("__init__.py", "conftest.py"):
        shutil.copy(ROOT / "tests" / name, STAGE / "tests" / name)
    (STAGE / "pyproject.toml").write_text(_SETTINGS)


if __name__ == "__main__":
    main()
