"""The local AWS in a project of somebody else, set up as docs/local-aws.md says and in no other way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .. import environments
from ..environments import ROOT
from .pages import Page, codes, page
from .user_project import PAGE, UserProject


@pytest.fixture
def project(tmp_path: Path) -> UserProject:
    """A project with the page's files."""
    return UserProject(tmp_path / "project")


@pytest.mark.e2e
def test_the_tests_of_the_page_pass_outside_the_repository(project: UserProject, tmp_path: Path) -> None:
    """In an environment with nothing but what the page installs, with a server that is made on first use."""
    project.python = environments.make(tmp_path / "venv", str(ROOT), str(ROOT / "local_aws"), "pytest")
    project.install_node_packages()
    finished = project.pytest("-W", "error")
    assert re.search(r"\b2 passed in ", finished.stdout), finished.stdout + finished.stderr


@pytest.mark.slow
def test_what_is_not_installed_is_told_without_a_traceback(project: UserProject) -> None:
    """The error of a test is the sentence that says what to run; a test that needs no server passes all the same."""
    finished = project.pytest(PATH=project.path_without("cdk"))
    assert re.search(r"\b1 passed, 1 error in ", finished.stdout), finished.stdout + finished.stderr
    assert "run `npm install aws-cdk@2`" in finished.stdout
    assert "pytest_plugin.py" not in finished.stdout


@pytest.mark.slow
def test_a_project_sets_the_minute_and_the_region(project: UserProject) -> None:
    """By fixtures of its own; what the server is started with is seen by an interpreter that only tells of it."""
    with (project.folder / "conftest.py").open("w") as conftest:
        conftest.write("import pytest\n")
        for name, value in (("minute", 0.5), ("region", "eu-north-1")):
            conftest.write(f"@pytest.fixture(scope='session')\ndef local_aws_{name}():\n    return {value!r}\n")
    python = project.folder / "python"
    python.write_text('#!/bin/sh\necho "$AWS_REGION: $*"\nexit 1\n')
    python.chmod(0o755)
    finished = project.pytest("test_golden.py", LOCAL_AWS_PYTHON=str(python))
    assert re.search(r"eu-north-1: \S+/start_server\.py --folder \S+ --minute 0\.5\n", finished.stdout)


@pytest.mark.slow
def test_every_fixture_is_explained(project: UserProject) -> None:
    """`pytest --fixtures` has a sentence for each, and the page a row."""
    printed = project.pytest("--fixtures").stdout
    explained = dict(
        re.findall(r"^(local_\w+)[^\n]* -- \S+pytest_plugin\.py:\d+\n    (\S[^\n]*)", printed, re.MULTILINE)
    )
    assert "no docstring available" not in explained.values()
    table = next(table for table in page(PAGE).tables if table.first == "fixture")
    assert {codes(row[0])[0] for row in table.rows} == set(explained)


def test_each_difference_from_aws_names_a_test() -> None:
    """The tables of the local AWS's own page: every row links a file that defines the test which it names."""
    readme = Page(ROOT / "local_aws" / "README.md")
    rows = [row for table in readme.tables if table.first == "what" for row in table.rows]
    assert len(rows) > 30
    for row in rows:
        (link,) = (node for node in row[1].walk() if node.type == "link")
        source = (readme.path.parent / str(link.attrs["href"])).read_text("utf-8")
        assert f"def {codes(row[1])[0]}(" in source, codes(row[1])[0]


def test_links_of_the_local_aws_exist() -> None:
    """Its page is no page of the site, so that nothing else follows them."""
    readme = Page(ROOT / "local_aws" / "README.md")
    for target in readme.links:
        if not target.startswith("https://"):
            assert (readme.path.parent / target.partition("#")[0]).exists(), target
    (anchor,) = (link for link in page(PAGE).links if link.startswith("../local_aws/README.md#"))
    assert anchor.partition("#")[2] in readme.anchors
