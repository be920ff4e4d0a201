"""Fixtures for the handler: a simulated account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulated_aws import SimulatedAccount

from .patched_handler import simulated_account


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    """An account in which nothing sleeps."""
    with simulated_account() as made:
        yield made
