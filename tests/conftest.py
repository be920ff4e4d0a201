"""What every test needs: an environment that looks like a Lambda function's, and never a real account."""

import os
from collections import Counter

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

# Seconds that the longest files take on two cores; of any other file's test, a tenth.
_LONGEST = {
    "test_modes.py": 200,
    "test_command.py": 180,
    "test_life_cycle.py": 140,
    "test_admitted_versions.py": 80,
    "test_examples_elsewhere.py": 70,
    "test_reliability.py": 60,
    "test_starting.py": 50,
    "test_command_line.py": 45,
    "test_waiting.py": 44,
    "test_notifications.py": 43,
    "test_stack_operations.py": 42,
    "test_lifecycle.py": 41,
    "test_demo.py": 40,
    "test_examples.py": 38,
    "test_local_aws.py": 30,
    "test_checkers.py": 28,
    "test_process.py": 27,
    "test_other_stacks.py": 25,
    "test_upgrade.py": 20,
    "test_patches.py": 20,
    "test_undocumented.py": 15,
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first, so that of parallel processes none is left with a long one in the end."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: -_LONGEST.get(item.path.name, tests[item.path] / 10))
