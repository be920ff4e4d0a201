"""An account for the tests of the simulated AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulated_aws import SimulatedAccount

from .reference_handler import ReferenceHandler


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    """An account with the reference handler."""
    with SimulatedAccount(ReferenceHandler) as made:
        yield made
