"""Every Python snippet of the documents runs, and the apps in it synthesise."""

from __future__ import annotations

import ast
import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from .pages import ROOT, Fence, fences, pages

_PREAMBLE = str(Path(__file__).with_name("preamble.py"))


def is_app(fence: Fence) -> bool:
    """Tell a whole program, which makes its own App, from a fragment that goes into one."""
    return "cdk.App(" in fence.code


def is_test(fence: Fence) -> bool:
    """Tell a snippet that is a test of a user's, with the local AWS."""
    return "from local_aws import" in fence.code


def run(fence: Fence, namespace: dict[str, Any]) -> dict[str, Any]:
    """Run a snippet in a namespace; a traceback names page and line."""
    module = ast.increment_lineno(ast.parse(fence.code, fence.place), fence.line - 1)
    exec(compile(module, fence.place, "exec"), namespace)
    return namespace


def synthesised(namespace: dict[str, Any]) -> list[Any]:
    """Synthesise every app of a namespace, and return the templates, in which nothing depends on itself."""
    apps = [value for value in namespace.values() if isinstance(value, cdk.App)]
    stacks = [child for app in apps for child in app.node.find_all() if isinstance(child, cdk.Stack)]
    return [Template.from_stack(stack).to_json() for stack in stacks]


def ids(fence: Fence) -> str:
    """Name a test by the place of its snippet."""
    return fence.place


@pytest.mark.parametrize("fence", [it for it in fences("python") if is_app(it) and not is_test(it)], ids=ids)
def test_an_app_runs_as_it_stands(fence: Fence) -> None:
    """Copied into a file of its own it synthesises, and distributes something."""
    templates = synthesised(run(fence, {"__name__": "__main__"}))
    made = json.dumps(templates)
    assert "Custom::ImageDistribution" in made or "EC2ImageBuilderDistributionCrossAccountRole" in made


@pytest.mark.parametrize("fence", [it for it in fences("python") if not is_app(it) and not is_test(it)], ids=ids)
def test_a_fragment_runs_in_an_app(fence: Fence) -> None:
    """Behind the imports, the stack and the distribution of the preamble it runs and synthesises."""
    namespace = run(fence, runpy.run_path(_PREAMBLE))
    assert synthesised(namespace)


@pytest.mark.e2e
@pytest.mark.parametrize("fence", [it for it in fences("python") if is_test(it)], ids=ids)
def test_a_test_with_the_local_aws_passes(fence: Fence, tmp_path: Path) -> None:
    """A user's test, copied from the page, passes."""
    file = tmp_path / "test_snippet.py"
    file.write_text(fence.code)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(file)]
    finished = subprocess.run(
        [*command, "--import-mode=importlib", "-o", f"pythonpath={ROOT}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_every_block_says_its_language() -> None:
    """A block of Python under another name would be run by no test."""
    known = {"python", "sh", "json", "mermaid", "text"}
    assert [fence.place for page in pages() for fence in page.fences if fence.language not in known] == []
