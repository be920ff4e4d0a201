"""What every test needs: an environment that looks like a Lambda function's, and never a real account."""

import os
from collections import Counter
from pathlib import Path

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
# Only for this process: the apps that tests start use jsii as users do.
os.environ["JSII_NODE"] = str(Path(__file__).parent / "jsii" / "node")
for variable in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(variable, None)

# Seconds that the longest files take on two cores; of any other file's test, a tenth.
_LONGEST = {
    "live/test_modes.py": 200,
    "live/test_command.py": 180,
    "e2e/test_life_cycle.py": 140,
    "tests/test_admitted_versions.py": 80,
    "e2e/test_examples_elsewhere.py": 70,
    "e2e/test_reliability.py": 60,
    "e2e/test_starting.py": 50,
    "e2e/test_command_line.py": 45,
    "e2e/test_waiting.py": 44,
    "e2e/test_notifications.py": 43,
    "local_aws_tests/test_stack_operations.py": 42,
    "handler/test_lifecycle.py": 41,
    "e2e/test_demo.py": 40,
    "e2e/test_examples.py": 38,
    "tests/test_types.py": 35,
    "docs/test_local_aws.py": 30,
    "examples/test_checkers.py": 28,
    "local_aws_tests/test_process.py": 27,
    "e2e/test_other_stacks.py": 25,
    "docs/test_upgrade.py": 20,
    "local_aws_tests/test_patches.py": 20,
    "local_aws_tests/test_undocumented.py": 15,
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first, so that of parallel processes none is left with a long one in the end."""
    # What needs jsii has started it by now.
    os.environ.pop("JSII_NODE", None)
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: -_LONGEST.get("/".join(item.path.parts[-2:]), tests[item.path] / 10))
