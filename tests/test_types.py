"""mypy finds nothing, and checks against every module of aws-cdk-lib that this project imports."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aws_cdk
import pytest

from .environments import ROOT, pyproject

_SOURCES = (
    "benchmarks",
    "cli",
    "constructs",
    "examples",
    "lambda",
    "live",
    "local_aws",
    "simulated_aws",
    "tests",
    "tools",
)
_CDK = Path(aws_cdk.__file__).parent


def imported(source: str) -> Iterator[str]:
    """Yield the modules of aws-cdk-lib that a program imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            folder = _CDK.parent.joinpath(*node.module.split("."))
            yield from (f"{node.module}.{name.name}" for name in node.names if (folder / name.name).is_dir())


@pytest.mark.slow
def test_mypy_finds_nothing() -> None:
    """Here beside the other tests: it takes half a minute of one core."""
    # Without a cache to begin with, as in CI, to write one takes a fifth of the time.
    cache = {} if (ROOT / ".mypy_cache").exists() else {"MYPY_CACHE_DIR": os.devnull}
    command = ["make", "types"]
    run = subprocess.run(command, cwd=ROOT, env=os.environ | cache, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_module_of_cdk_that_is_imported_is_skipped() -> None:
    """Everything of a skipped module is Any to mypy, without a word."""
    files = [ROOT / "app.py", *(path for name in _SOURCES for path in (ROOT / name).rglob("*.py"))]
    found = {module for path in files for module in imported(path.read_text("utf-8"))}
    (followed,) = re.findall(r'^module = \[([^]]*)\]\nfollow_imports = "normal"', pyproject(), re.MULTILINE)
    assert {module for module in found if module.split(".")[0] == "aws_cdk"} == set(re.findall(r'"(.+?)"', followed))
