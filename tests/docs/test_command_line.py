"""What docs/command-line.md says of the command line is what the program does."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
import typer

from cdk_image_distribution_cli import check_report, images_report, retry_report
from cdk_image_distribution_cli.app import app
from cdk_image_distribution_cli.checks import Outcome, Result
from cdk_image_distribution_cli.exit_codes import ExitCode
from cdk_image_distribution_cli.image import ListedAmi
from cdk_image_distribution_cli.images import StartedImage
from cdk_image_distribution_cli.json_output import progress_object
from cdk_image_distribution_cli.progress import CopyState, State
from cdk_image_distribution_cli.retry import Retry
from tests.cli.test_views import PROGRESS
from tools.command_line_images import pictures

from .pages import commands, page, text

PAGE = "docs/command-line.md"


def keys(value: Any) -> Any:
    """Return the keys of an object and of the first objects in its lists."""
    if isinstance(value, list):
        return [keys(item) for item in value[:1] if isinstance(item, dict)]
    return {key: keys(item) for key, item in value.items()} if isinstance(value, dict) else None


def example(first_key: str) -> Any:
    """Return the example whose object begins with a key."""
    found = (json.loads(fence.code) for fence in page(PAGE).fences if fence.language == "json")
    (shown,) = (item for item in found if next(iter(item)) == first_key)
    return shown


def test_every_command_and_option_exists() -> None:
    """In the blocks for a shell, of all documents."""
    click = typer.main.get_command(app)
    shown = [shlex.split(line)[1:] for _, line in commands() if line.startswith("cdk-image-distribution ")]
    names = {words[0] for words in shown}
    assert names == set(click.commands)  # type: ignore[attr-defined]
    for name, *words in shown:
        command = click.commands[name]  # type: ignore[attr-defined]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known


def test_every_option_of_the_text_exists() -> None:
    """Those between back-ticks."""
    click = typer.main.get_command(app)
    known = {
        option
        for command in click.commands.values()  # type: ignore[attr-defined]
        for parameter in command.params
        for option in parameter.opts
    }
    named = {code.split()[0] for code in page(PAGE).code if code.startswith("--")}
    assert named - known == {"--no-rollback"}


def test_exit_codes_are_the_programs() -> None:
    """Each has a row."""
    (rows,) = (table.rows for table in page(PAGE).tables if table.first == "code")
    assert {int(text(row[0])) for row in rows} == set(ExitCode)


@pytest.mark.parametrize(
    ("first_key", "made"),
    [
        ("time", progress_object(PROGRESS)),
        ("outcome", check_report.report([Result("Region", "x", Outcome.FAIL, "m", "r")])),
        (
            "images",
            images_report.report(
                [StartedImage("arn", "stack/x", "D", "AVAILABLE", 1.0, (ListedAmi("r", "a", "ami", ""),), True, "")]
            ),
        ),
        ("distributions", retry_report.report([Retry("D", "arn", "FAILED", True)])),
    ],
)
def test_json_has_the_keys_of_the_example(first_key: str, made: Any) -> None:
    """A script relies on them."""
    assert keys(example(first_key)) == keys(made)


def test_states_are_the_programs() -> None:
    """Each is named."""
    named = set(page(PAGE).code)
    assert {state.value for state in State} | {state.value for state in CopyState} <= named


def test_pictures_are_those_of_the_program() -> None:
    """`python -m tools.command_line_images` writes them anew."""
    for path, content in pictures().items():
        assert path.read_text("utf-8") == content, f"{path} is out of date"
