"""Fixtures for the handler: an AWS in memory, and a CloudFormation that takes the answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.stub import Stubber

from cdk_image_distribution_handler import clients

from .cloudformation import Answers
from .simulated import answers_taken, simulated
from .world import World


@pytest.fixture
def answers() -> Iterator[Answers]:
    """What the handler answers CloudFormation."""
    with answers_taken() as taken:
        yield taken


@pytest.fixture
def world(answers: Answers) -> Iterator[World]:
    """An AWS in which nothing sleeps."""
    with simulated(World, answers) as made:
        yield made


@pytest.fixture
def image_builder() -> Iterator[Stubber]:
    """Image Builder, each expected call in its order; names and types are checked against the API model."""
    with Stubber(clients.image_builder()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
