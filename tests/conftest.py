"""What every test needs: an environment that looks like a Lambda function's, and never a real account."""

import os
from collections import defaultdict

import pytest

os.environ.update(
    AWS_REGION="eu-west-1",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_EC2_METADATA_DISABLED="true",
    # CDK's own validation of templates takes seven seconds of a process; tests/examples/test_checkers.py runs it.
    CDK_VALIDATION="false",
)
for variable in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(variable, None)

# Seconds of a test, roughly: it deploys, it uses a server, or neither.
_DEPLOYS, _USES_A_SERVER, _OTHER = 15.0, 1.0, 0.1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first, so that of parallel processes none is left with a long one in the end."""
    length: defaultdict[str, float] = defaultdict(float)
    for item in items:
        length[str(item.path)] += _seconds(item)
    items.sort(key=lambda item: -length[str(item.path)])


def _seconds(item: pytest.Item) -> float:
    if item.get_closest_marker("e2e") is None:
        return _OTHER
    return _USES_A_SERVER if "local_aws_tests" in item.path.parts else _DEPLOYS
