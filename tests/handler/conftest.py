"""Fixtures for the handler: an AWS in memory, and a CloudFormation that takes the answers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import crhelper.utils
import pytest
from botocore.stub import Stubber

from cdk_image_distribution_handler import clients, custom_resource, deleting, starting

from .cloudformation import Answers
from .world import World


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the handler answers CloudFormation."""
    taken = Answers()
    monkeypatch.setattr(crhelper.utils, "HTTPSConnection", taken.connection)
    return taken


@pytest.fixture
def world(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> World:
    """An AWS in which nothing sleeps."""
    made = World(answers)
    monkeypatch.setattr(custom_resource, "clock", made.clock)
    monkeypatch.setattr(custom_resource, "sleep", made.sleep)
    monkeypatch.setattr(starting, "sleep", made.sleep)
    monkeypatch.setattr(deleting, "sleep", made.sleep)
    monkeypatch.setattr(time, "sleep", made.sleep)
    return made


@pytest.fixture
def image_builder() -> Iterator[Stubber]:
    """Image Builder, each expected call in its order; names and types are checked against the API model."""
    with Stubber(clients.image_builder()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
