"""Fixtures for the handler: a simulated AWS account with the handler as its function."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdk_image_distribution_handler.index import Handler
from simulated_aws import SimulatedAccount


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    """A simulated account in which nothing sleeps."""
    with SimulatedAccount(Handler) as made:
        yield made
