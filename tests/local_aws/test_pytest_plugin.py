"""The fixtures for other people's tests, from outside: a project beside a checkout, set up as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws import Fault, LocalAws
from local_aws.image_builder import Outcome
from local_aws.image_builder.stepped import SteppedImageBuilder
from local_aws.pytest_plugin import local_aws, local_aws_region, local_image_builder
from local_aws.tools import ministack_python
from tests.docs.pages import codes, page

from .user_project import PAGE, UserProject

__all__ = ["local_aws", "local_aws_region", "local_image_builder"]


@pytest.fixture
def project(tmp_path: Path) -> UserProject:
    """A project with the page's files."""
    return UserProject(tmp_path)


@pytest.fixture(scope="session")
def local_aws_session(aws: LocalAws) -> LocalAws:
    """The server that these tests have anyway."""
    return aws


@pytest.mark.e2e
def test_the_tests_of_the_page_pass(project: UserProject) -> None:
    """In a folder that has nothing but the page's files and the app that it names."""
    finished = project.pytest("-W", "error")
    assert re.search(r"\b2 passed in ", finished.stdout), finished.stdout + finished.stderr


def test_a_project_has_its_own_app_and_its_own_tests(project: UserProject) -> None:
    """The checkout has an `app.py` and a package `tests` too; they come after those of the project."""
    tests = project.folder / "tests"
    tests.mkdir()
    (tests / "__init__.py").write_text("")
    own = {str(project.folder / "app.py"), str(tests / "__init__.py")}
    (tests / "test_names.py").write_text(
        "import os, app, tests\n\n\ndef test_names():\n"
        f"    assert {{os.path.realpath(module.__file__) for module in (app, tests)}} == {own}\n"
    )
    finished = project.pytest("--import-mode=importlib", "tests")
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([], "the local AWS needs ministack in an environment of its own, and {}/.venv-local-aws/bin/python is not"),
        ([".venv-local-aws"], "the CDK CLI is not at {}/node_modules/.bin/cdk: run `make"),
    ],
    ids=["ministack", "cdk"],
)
def test_what_is_not_installed_is_told_without_a_traceback(project: UserProject, made: list[str], message: str) -> None:
    """The error of a test is the sentence that says what to run; a test that needs no server passes all the same."""
    project.without_tools()
    variables = {"LOCAL_AWS_PYTHON": str(ministack_python())} if made else {}
    finished = project.pytest(**variables)
    assert re.search(r"\b1 passed, 1 error in ", finished.stdout), finished.stdout + finished.stderr
    assert message.format(project.checkout) in finished.stdout
    assert "pytest_plugin.py" not in finished.stdout


def test_a_project_sets_the_minute_and_the_region(project: UserProject) -> None:
    """By fixtures of its own; what the server is started with is seen by an interpreter that only tells of it."""
    with (project.folder / "conftest.py").open("a") as conftest:
        conftest.write("import pytest\n")
        for name, value in (("minute", 0.5), ("region", "eu-north-1")):
            conftest.write(f"@pytest.fixture(scope='session')\ndef local_aws_{name}():\n    return {value!r}\n")
    python = project.folder / "python"
    python.write_text('#!/bin/sh\necho "$AWS_REGION: $*"\nexit 1\n')
    python.chmod(0o755)
    finished = project.pytest("test_golden.py", LOCAL_AWS_PYTHON=str(python))
    assert re.search(r"eu-north-1: -m local_aws\.server --folder \S+ --minute 0\.5\n", finished.stdout)


def test_every_fixture_is_explained(project: UserProject) -> None:
    """`pytest --fixtures` has a sentence for each, and the page a row."""
    printed = project.pytest("--fixtures").stdout
    explained = dict(
        re.findall(r"^(local_\w+)[^\n]* -- \S+pytest_plugin\.py:\d+\n    (\S[^\n]*)", printed, re.MULTILINE)
    )
    assert "no docstring available" not in explained.values()
    (table,) = page(PAGE).tables
    assert {codes(row[0])[0] for row in table.rows} == set(explained)


def test_a_test_begins_without_the_script_and_the_calls_of_another(
    aws: LocalAws, request: pytest.FixtureRequest
) -> None:
    """Though the AWS is one for all of them."""
    aws.script(faults=[Fault("ListImages", "ForbiddenException", times=None)])
    client = aws.client("imagebuilder")
    with pytest.raises(ClientError):
        client.list_images()
    began: LocalAws = request.getfixturevalue("local_aws")
    assert began.calls() == []
    client.list_images()
    assert [(call.operation, call.outcome) for call in began.calls()] == [("ListImages", "ok")]


def test_time_stands_still_without_a_server(local_image_builder: SteppedImageBuilder) -> None:
    """A distribution goes on when the test lets time pass, and not before."""
    local_image_builder.script.outcomes.append(Outcome(pending=60, distributing=600))
    client = local_image_builder.client()
    configuration = client.create_distribution_configuration(name="golden", distributions=[{"region": "eu-west-1"}])
    image = client.distribute_image(
        sourceImage="ami-0123456789abcdef0",
        distributionConfigurationArn=configuration["distributionConfigurationArn"],
        executionRole="arn:aws:iam::111122223333:role/distribution",
    )["imageBuildVersionArn"]
    seen = []
    for seconds in (0, 59, 2, 600):
        local_image_builder.let_pass(seconds)
        seen.append(client.get_image(imageBuildVersionArn=image)["image"]["state"]["status"])
    assert seen == ["PENDING", "PENDING", "DISTRIBUTING", "AVAILABLE"]


def test_a_fault_shows_at_once_without_a_server(local_image_builder: SteppedImageBuilder) -> None:
    """The client does not retry, and a slow answer takes its seconds from the clock that the test moves."""
    fault = Fault("ListImages", "ServiceUnavailableException", delay=2)
    local_image_builder.script.faults.append(fault)
    began = local_image_builder.now
    with pytest.raises(ClientError, match="ServiceUnavailableException"):
        local_image_builder.client().list_images()
    assert local_image_builder.now == began + 2
    assert len(local_image_builder.calls) == 1
