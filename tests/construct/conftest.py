"""Fixtures for the construct: a stack to put it in, and snapshots without the asset's hash."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_imagebuilder as imagebuilder
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from .stacks import configuration_in


@pytest.fixture(autouse=True)
def no_copied_assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let apps leave their assets where they are: nothing is deployed, and copies take a fifth of jsii's time."""
    make = cdk.App.__init__

    def init(app: cdk.App, *, context: Mapping[str, Any] | None = None, **properties: Any) -> None:
        make(app, context={"aws:cdk:disable-asset-staging": True, **(context or {})}, **properties)

    monkeypatch.setattr(cdk.App, "__init__", init)


@pytest.fixture
def stack() -> cdk.Stack:
    """An empty stack in a known account and Region."""
    return cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="eu-west-1"))


@pytest.fixture
def configuration(stack: cdk.Stack) -> imagebuilder.CfnDistributionConfiguration:
    """A distribution configuration in the stack."""
    return configuration_in(stack)


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """A snapshot that is a readable JSON file."""
    return snapshot.use_extension(JSONSnapshotExtension)


def folder_of(stack: cdk.Stack) -> Path:
    """Return the folder of the cloud assembly that the stack's app is synthesised to."""
    stage = cdk.Stage.of(stack)
    assert stage is not None
    return Path(stage.synth().directory)


def masked(stack: cdk.Stack) -> Any:
    """Return the stack's template with every asset hash replaced: the code may change, the wiring may not."""
    template = (folder_of(stack) / stack.template_file).read_text("utf-8")
    return json.loads(re.sub(r"\b[0-9a-f]{64}\b", "<asset hash>", template))
