"""What every test needs: an environment that looks like a Lambda function's, and never a real account."""

import gc
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from . import scheduling

os.environ.update(
    AWS_REGION="eu-west-1",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_EC2_METADATA_DISABLED="true",
    # CDK's own validation of templates takes seven seconds of a process; tests/examples/test_checkers.py runs it.
    CDK_VALIDATION="false",
)
# Only for this process: the apps that tests start use jsii as users do.
os.environ["JSII_NODE"] = str(Path(__file__).parent / "jsii" / "node")
for variable in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(variable, None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep what the collection of tests makes out of garbage collection, which takes a tenth of the time otherwise."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Collect garbage once. pytest does it five times, to see what destructors raise: now it has little to look at."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first; what needs jsii has started it by now."""
    os.environ.pop("JSII_NODE", None)
    scheduling.sort(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole files, or the files that share what is costly."""
    return scheduling.scheduler(config, log) if config.getvalue("dist") == "loadfile" else None
