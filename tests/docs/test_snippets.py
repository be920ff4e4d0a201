"""Every Python snippet of the documents runs, and the apps in it synthesise."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from .. import template_check
from .pages import Fence, fences, pages

_PREAMBLE = str(Path(__file__).with_name("preamble.py"))


def is_app(fence: Fence) -> bool:
    """Tell a whole program, which makes its own App, from a fragment that goes into one."""
    return "cdk.App(" in fence.code


def run(fence: Fence, namespace: dict[str, Any]) -> dict[str, Any]:
    """Run a snippet in a namespace; a traceback names page and line."""
    module = ast.increment_lineno(ast.parse(fence.code, fence.place), fence.line - 1)
    exec(compile(module, fence.place, "exec"), namespace)
    return namespace


def synthesised(namespace: dict[str, Any]) -> list[str]:
    """Synthesise every app of a namespace, check that CloudFormation could take its templates, and return them."""
    folders = [Path(value.synth().directory) for value in namespace.values() if isinstance(value, cdk.App)]
    assert [problem for folder in folders for problem in template_check.problems(folder)] == []
    return [path.read_text("utf-8") for folder in folders for path in folder.rglob("*.template.json")]


def ids(fence: Fence) -> str:
    """Name a test by the place of its snippet."""
    return fence.place


@pytest.mark.parametrize("fence", [it for it in fences("python") if is_app(it) and not it.file], ids=ids)
def test_an_app_runs_as_it_stands(fence: Fence) -> None:
    """Copied into a file of its own it synthesises, and distributes something."""
    templates = synthesised(run(fence, {"__name__": "__main__"}))
    made = "".join(templates)
    assert "Custom::ImageDistribution" in made or "EC2ImageBuilderDistributionCrossAccountRole" in made


@pytest.mark.parametrize("fence", [it for it in fences("python") if not is_app(it) and not it.file], ids=ids)
def test_a_fragment_runs_in_an_app(fence: Fence) -> None:
    """Behind the imports, the stack and the distribution of the preamble it runs and synthesises."""
    namespace = run(fence, runpy.run_path(_PREAMBLE))
    assert synthesised(namespace)


def test_every_file_is_one_of_a_project_that_is_tested() -> None:
    """Blocks with a file's name are run by tests/docs/test_local_aws.py, all those of one page together."""
    shown = {page.name for page in pages() for fence in page.fences if fence.file}
    assert shown == {"docs/local-aws.md"}


def test_every_block_says_its_language() -> None:
    """A block of Python under another name would be run by no test."""
    known = {"python", "sh", "json", "text", "toml"}
    assert [fence.place for page in pages() for fence in page.fences if fence.language not in known] == []
