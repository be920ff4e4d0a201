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
def aws(local_aws_session: LocalAws) -> LocalAws:
    """The local AWS as the tests before left it."""
    return local_aws_session


@pytest.fixture
def deployment(local_aws: LocalAws, tmp_path: Path) -> Iterator[Deployment]:
    """A stack that is not deployed yet; whatever the test does, it is destroyed in the end."""
    name = next(_names)
    it = Deployment(local_aws, name, tmp_path, local_aws.register_source_ami(name), len(local_aws.calls()))
    try:
        yield it
    finally:
        it.clean_up()
