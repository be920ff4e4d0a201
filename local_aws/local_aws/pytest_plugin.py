"""A pytest plugin: the local AWS, and Image Builder without a server, as fixtures of every project that has it."""

from collections.abc import Generator, Iterator

import pytest

from local_aws.errors import LocalAwsError
from local_aws.image_builder.stepped import SteppedImageBuilder
from local_aws.running import LocalAws
from local_aws.state_folder import CALLS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the end of the log of each local AWS that a failed test used to the report: functions log there."""
    report = yield
    fixtures = getattr(item, "funcargs", {}).values()
    if report.failed:
        used = {id(fixture): fixture for fixture in fixtures if isinstance(fixture, LocalAws)}
        logs = [aws.log_tail() for aws in used.values()]
        report.sections += [("Log of the local AWS", log) for log in logs if log]
    return report


@pytest.fixture(scope="session")
def local_aws_minute() -> float | None:
    """How many seconds a minute of an EventBridge schedule takes in `local_aws`: 3.

    A session-scoped fixture of this name in your conftest.py sets another number; None is a real minute.
    """
    return 3.0


@pytest.fixture(scope="session")
def local_aws_region() -> str:
    """The Region of `local_aws` and `local_image_builder`: eu-west-1.

    A session-scoped fixture of this name in your conftest.py sets another one.
    """
    return "eu-west-1"


@pytest.fixture(scope="session")
def local_aws_session(local_aws_minute: float | None, local_aws_region: str) -> Iterator[LocalAws]:
    """The `local_aws` of the whole run, for fixtures of module or session scope: started and bootstrapped once."""
    try:
        with LocalAws(minute=local_aws_minute, region=local_aws_region) as aws:
            aws.bootstrap()
            yield aws
    except LocalAwsError as problem:
        # The message says what to do; a traceback through this package would hide it, once for every test.
        pytest.fail(str(problem), pytrace=False)


@pytest.fixture
def local_aws(local_aws_session: LocalAws) -> LocalAws:
    """An AWS on this machine to which `cdk` deploys: all goes well unless the test's `script` says otherwise.

    `calls` has those since the test began. The AWS itself is one for all tests, so that what a test leaves there
    stays: destroy it, or give each test names of its own.
    """
    local_aws_session.script()
    (local_aws_session.folder / CALLS).unlink(missing_ok=True)
    return local_aws_session


@pytest.fixture
def local_image_builder(local_aws_region: str) -> SteppedImageBuilder:
    """An EC2 Image Builder without a server: `client()` is a boto3 client of it, `let_pass` lets its seconds pass.

    `script.outcomes` and `script.faults` are lists to add to; `calls` are all so far. `answer_client` of
    `local_aws.image_builder` lets it answer a client that was made elsewhere.
    """
    return SteppedImageBuilder(region=local_aws_region)
