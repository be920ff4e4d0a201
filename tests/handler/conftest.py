"""Fixtures for the handler: a stubbed Image Builder and a CloudFormation that takes the answers."""

from __future__ import annotations

from collections.abc import Iterator

import crhelper.utils
import pytest
from botocore.stub import Stubber

from cdk_image_distribution_handler import clients

from .cloudformation import Answers


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the handler answers CloudFormation."""
    taken = Answers()
    monkeypatch.setattr(crhelper.utils, "HTTPSConnection", taken.connection)
    return taken


@pytest.fixture
def image_builder() -> Iterator[Stubber]:
    """Image Builder, each expected call in its order; names and types are checked against the API model."""
    with Stubber(clients.image_builder()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
