"""The commands in the documents exist."""

from __future__ import annotations

import re
import shlex

from botocore import xform_name
from botocore.session import Session

from .pages import ROOT, commands, page, pages


def make_targets() -> set[str]:
    """Return the targets of the Makefile."""
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_make_target_exists() -> None:
    """In blocks for a shell and in the text."""
    in_blocks = {word for _, line in commands() if line.startswith("make ") for word in shlex.split(line)[1:]}
    in_text = {code.split()[1] for page in pages() for code in page.code if re.fullmatch(r"make [a-z-]+", code)}
    assert {"demo", "docs", "test"} <= in_blocks | in_text
    assert (in_blocks | in_text) - make_targets() == set()


def test_the_readme_names_the_two_commands_that_do_everything() -> None:
    """The demo, and all tests."""
    assert {"make demo", "make test"} <= set(page("README.md").code)


def aws_commands() -> list[list[str]]:
    """Return every command of the AWS CLI, in blocks and in the text, as its words."""
    in_text = [code for page in pages() for code in page.code if code.startswith("aws ")]
    return [shlex.split(line) for line in [*in_text, *(line for _, line in commands())] if line.startswith("aws ")]


def test_every_aws_command_is_one_of_the_api() -> None:
    """Service, operation and options are those of AWS's own model."""
    general = {"--query", "--output", "--region", "--profile"}
    session = Session()
    assert aws_commands()
    for _, service, operation, *words in aws_commands():
        model = session.get_service_model(service)
        by_command = {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}
        assert operation in by_command, f"aws {service} {operation}"
        shape = by_command[operation].input_shape
        known = {f"--{xform_name(name, '-')}" for name in (shape.members if shape else {})}
        options = {word for word in words if word.startswith("--")}
        assert options <= known | general, f"aws {service} {operation}"
