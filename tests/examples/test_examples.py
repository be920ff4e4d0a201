"""Every example synthesises, from the command that its reader would type, and its templates do not drift."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from ..construct.conftest import masked
from .apps import ACCOUNT, EXAMPLES

ROOT = Path(__file__).parents[2]

CONTEXT = {
    "sourceImage": "ami-0123456789abcdef0",
    "account": ACCOUNT,
    "targets": "210987654321,345678901234",
    "managementAccount": "999999999999",
    "organizationalUnit": "ou-abcd-12345678",
}


def test_every_example_is_tested() -> None:
    """A new file in the folder is an example, and shows up here."""
    names = {path.stem for path in (ROOT / "examples").glob("*.py")} - {"__init__"}
    assert names == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_templates_of_an_example(snapshot: SnapshotAssertion, name: str) -> None:
    """Each stack of it, by its name."""
    app = cdk.App()
    EXAMPLES[name](app)
    stacks = [child for child in app.node.children if isinstance(child, cdk.Stack)]
    assert {stack.stack_name: masked(stack) for stack in stacks} == snapshot


@pytest.mark.parametrize(
    ("cli", "source_image"),
    [
        ({}, "ami-0123456789abcdef0"),
        ({"CDK_CONTEXT_JSON": '{"sourceImage": "ami-0fedcba9876543210"}'}, "ami-0fedcba9876543210"),
    ],
)
def test_app_runs_with_and_without_the_cli(tmp_path: Path, cli: dict[str, str], source_image: str) -> None:
    """`python app.py` writes its template, and the CLI's context takes precedence over the placeholder."""
    environment = {**os.environ, "CDK_OUTDIR": str(tmp_path), **cli}
    command = [sys.executable, "-W", "error", "app.py"]
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    template = json.loads((tmp_path / "GoldenImage.template.json").read_text())
    assert source_image in {found["Properties"].get("SourceImage") for found in template["Resources"].values()}


def test_the_examples_run_as_apps(tmp_path: Path) -> None:
    """As `python3 -m examples.<name>`, with the context that the CLI would pass, each writes its templates."""
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(tmp_path),
        "CDK_CONTEXT_JSON": json.dumps(CONTEXT),
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
    }
    # One process for all: most of a run is the start of jsii.
    program = "import runpy, sys; [runpy.run_module(f'examples.{name}', run_name='__main__') for name in sys.argv[1:]]"
    command = [sys.executable, "-W", "error", "-c", program, *EXAMPLES]
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert {path.name.removesuffix(".template.json") for path in tmp_path.glob("*.template.json")} == {
        "DeleteWithAmis",
        "GoldenAmi",
        "KeepFive",
        "ManyRegions",
        "ManyRegions-eu-central-1",
        "ManyRegions-us-east-1",
        "OneRegion",
        "Organisation",
        "Target-210987654321",
        "Target-345678901234",
        "TargetAccounts",
    }
