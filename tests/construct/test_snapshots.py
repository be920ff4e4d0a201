"""Whole templates that must not drift by chance: a changed logical id replaces a user's resource."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from app import GoldenImage

from .. import template_check
from . import stacks
from .conftest import folder_of, masked

ROOT = Path(__file__).parents[2]


def test_the_example_app(snapshot: SnapshotAssertion) -> None:
    """app.py, with the context that cdk.json gives it."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    stack = GoldenImage(cdk.App(context=context), "GoldenImage", source_image=stacks.AMI_ID)
    assert masked(stack) == snapshot
    assert template_check.problems(folder_of(stack)) == []


@pytest.mark.parametrize(
    "declare",
    [
        stacks.all_arguments,
        stacks.two_distributions,
        stacks.imported_configuration,
        stacks.six_hours,
        stacks.amis_deleted,
    ],
)
def test_a_stack(snapshot: SnapshotAssertion, stack: cdk.Stack, declare: Callable[[cdk.Stack], object]) -> None:
    """Every argument; two distributions; a configuration by its ARN; a chain of waits; no wait."""
    declare(stack)
    assert masked(stack) == snapshot
    assert template_check.problems(folder_of(stack)) == []
