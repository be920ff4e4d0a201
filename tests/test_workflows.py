"""The files below .github/ follow their schemas, and call make targets that exist."""

from __future__ import annotations

import re
import subprocess

from .environments import ROOT


def test_workflows_pass_the_linters() -> None:
    """The schemas that GitHub publishes, and zizmor's rules for the security of workflows."""
    command = ["make", "--silent", "--old-file=install", "workflows"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_workflows_and_hooks_call_make_targets() -> None:
    """CI and a contributor run the same commands."""
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    files = [*(ROOT / ".github" / "workflows").glob("*.yml"), ROOT / ".pre-commit-config.yaml"]
    called = {
        target
        for path in files
        for words in re.findall(r"(?:run|entry): make ([a-z ]+)", path.read_text())
        for target in words.split()
    }
    assert {"test", "docs", "dist", "lint", "types"} <= called
    assert called - targets == set()


def test_matrix_has_every_supported_python() -> None:
    """The classifiers and CI name the same versions."""
    project = (ROOT / "pyproject.toml").read_text()
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    (matrix,) = re.findall(r"python: \[(.+)\]", workflow)
    assert re.findall(r"3\.\d+", matrix) == re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
