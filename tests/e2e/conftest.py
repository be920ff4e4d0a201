"""One local AWS for all of these tests, and a stack of its own for each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import LocalAws

from .deployment import Deployment

_names = (f"Golden{number}" for number in itertools.count(1))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder deploys."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    """A bootstrapped AWS in which a minute of a schedule takes three seconds."""
    with LocalAws(minute=3.0) as local:
        local.bootstrap()
        yield local


@pytest.fixture
def deployment(aws: LocalAws, tmp_path: Path) -> Iterator[Deployment]:
    """A stack that is not deployed yet; whatever the test does, it is destroyed in the end."""
    aws.script()
    name = next(_names)
    it = Deployment(aws, name, tmp_path, aws.register_source_ami(name), len(aws.calls()))
    try:
        yield it
    finally:
        it.clean_up()
