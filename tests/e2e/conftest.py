"""One local AWS for all of these tests, and a stack of its own for each."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import LocalAws

from .deployment import Deployment

_names = (f"Golden{number}" for number in itertools.count(1))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder deploys."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here:
            item.add_marker(pytest.mark.e2e)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what the answer for the home Region can change under both answers.

    With HOME_IS_SOURCE in the environment, every test that deploys a stack of its own runs under the other answer.
    """
    if "deployment" in metafunc.fixturenames:
        answers = [True] if os.environ.get("HOME_IS_SOURCE") else [False]
        if metafunc.definition.get_closest_marker("both_homes"):
            answers = [False, True]
        ids = ["home_is_source" if answer else "home_is_copied" for answer in answers]
        metafunc.parametrize("deployment", answers, ids=ids, indirect=True)


@pytest.fixture(scope="session")
def aws(local_aws_session: LocalAws) -> LocalAws:
    """The local AWS as the tests before left it."""
    return local_aws_session


@pytest.fixture
def deployment(local_aws: LocalAws, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """A stack that is not deployed yet; whatever the test does, it is destroyed in the end."""
    name = next(_names)
    source, before = local_aws.register_source_ami(name), len(local_aws.calls())
    it = Deployment(local_aws, name, tmp_path, source, before, home_is_source=request.param)
    it.script()
    try:
        yield it
    finally:
        it.clean_up()
