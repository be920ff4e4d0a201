"""Every example synthesises, from the command that its reader would type, and its templates do not drift."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from ..construct.conftest import masked
from .apps import ACCOUNT, EXAMPLES

ROOT = Path(__file__).parents[2]

CONTEXT = {
    "sourceImage": "ami-0fedcba9876543210",
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
    """Each stack of it, by its name. That CloudFormation could take them is tested in test_checkers.py."""
    app = cdk.App()
    EXAMPLES[name](app)
    stacks = [child for child in app.node.children if isinstance(child, cdk.Stack)]
    assert {stack.stack_name: masked(stack) for stack in stacks} == snapshot


def run_apps(folder: Path, apps: Sequence[str], **environment: str) -> None:
    """Run files and modules as programs, which write their templates to a folder."""
    # One process for all: most of a run is the start of jsii, whose Node.js sees the environment of the first.
    program = (
        "import runpy, sys\n"
        "for app in sys.argv[1:]:\n"
        "    (runpy.run_path if app.endswith('.py') else runpy.run_module)(app, run_name='__main__')\n"
    )
    command = [sys.executable, "-W", "error", "-c", program, *apps]
    environment = {**os.environ, "CDK_OUTDIR": str(folder), **environment}
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def source_images(folder: Path) -> set[str]:
    """Return the source images in the template that app.py wrote."""
    template = json.loads((folder / "GoldenImage.template.json").read_text())
    found = (resource["Properties"].get("SourceImage") for resource in template["Resources"].values())
    return {image for image in found if image}


@pytest.mark.slow
def test_app_runs_without_the_cli(tmp_path: Path) -> None:
    """`python app.py` writes its template, with a placeholder."""
    run_apps(tmp_path, ["app.py"])
    assert source_images(tmp_path) == {"ami-0123456789abcdef0"}


@pytest.mark.slow
def test_apps_run_with_what_the_cli_passes(tmp_path: Path) -> None:
    """`python app.py` and `python3 -m examples.<name>` write their templates; the context replaces the placeholder."""
    apps = ["app.py", *(f"examples.{name}" for name in EXAMPLES)]
    run_apps(tmp_path, apps, CDK_CONTEXT_JSON=json.dumps(CONTEXT), CDK_DEFAULT_ACCOUNT=ACCOUNT)
    assert source_images(tmp_path) == {CONTEXT["sourceImage"]}
    assert {path.name.removesuffix(".template.json") for path in tmp_path.glob("*.template.json")} == {
        "DeleteWithAmis",
        "GoldenAmi",
        "GoldenImage",
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
