"""The commands: options, output and exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ProfileNotFound
from rich.console import Console
from typer.testing import CliRunner, Result

from cdk_image_distribution_cli.app import Machine, app
from cdk_image_distribution_cli.stack import DISTRIBUTION

from .conftest import FakeClock
from .fake_aws import FakeAws, Refused
from .rollout import Rollout, image_arn

Run = Callable[..., Result]


@pytest.fixture
def run(fake: FakeAws, clock: FakeClock) -> Run:
    """Run the command line on the account and the clock."""

    def invoke(*arguments: str) -> Result:
        machine = Machine(make_session=fake.session, clock=clock)
        return CliRunner().invoke(app, list(arguments), obj=machine)

    return invoke


def test_watch_ends_with_0_when_all_are_available(fake: FakeAws, clock: FakeClock, run: Run) -> None:
    """From before the stack exists."""
    clock.on_sleep = [
        lambda: Rollout.begin(fake).start(),
        lambda: Rollout(fake, fake.stacks[0], ("Distribution",)).finish(),
    ]
    result = run("watch", "Golden")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0].endswith("Golden waiting for the deployment to begin")
    assert "Distribution us-east-1 available ami-distribution-us-east-1" in result.stdout
    assert clock.sleeps == [5, 5]


def test_watch_ends_with_1_when_one_failed(fake: FakeAws, run: Run) -> None:
    """The reason and the remedy are printed."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.fail("us-east-1", "OptInRequired")
    result = run("watch", "Golden")
    assert result.exit_code == 1
    assert "us-east-1 failed: FAILED: OptInRequired Enable the opt-in Region" in result.stdout


def test_watch_ends_with_1_when_nothing_started(fake: FakeAws, run: Run) -> None:
    """Another resource failed before."""
    Rollout.begin(fake).stack.status = "ROLLBACK_COMPLETE"
    assert run("watch", "Golden").exit_code == 1


def test_watch_ends_with_3_when_the_image_may_not_be_read(fake: FakeAws, run: Run) -> None:
    """The stack is complete, and what became of the distribution is unknown."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.stack.status = "CREATE_COMPLETE"
    fake.refused["GetImage"] = Refused("AccessDeniedException", "no")
    assert run("watch", "Golden").exit_code == 3


def test_watch_ends_with_3_when_no_deployment_begins(clock: FakeClock, run: Run) -> None:
    """After --start-within."""
    result = run("watch", "Golden", "--start-within", "2", "--interval", "30")
    assert result.exit_code == 3
    assert result.stderr == "No deployment of Golden began within 2 minutes.\n"
    assert clock.sleeps == [30] * 4


def test_watch_ends_with_2_when_the_stack_has_no_distribution(fake: FakeAws, run: Run) -> None:
    """A wrong name is a usage error."""
    Rollout.begin(fake, names=()).stack.status = "CREATE_COMPLETE"
    result = run("watch", "Golden")
    assert result.exit_code == 2
    assert result.stderr == "Golden has no ImageDistribution.\n"


def test_watch_ends_with_130_on_ctrl_c(fake: FakeAws, clock: FakeClock, run: Run) -> None:
    """As a shell expects of an interrupted program."""
    Rollout.begin(fake).start()

    def interrupt() -> None:
        raise KeyboardInterrupt

    clock.on_sleep = [interrupt]
    assert run("watch", "Golden").exit_code == 130


def test_watch_prints_json(fake: FakeAws, run: Run) -> None:
    """The last line says that all have ended."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.finish()
    last = json.loads(run("watch", "Golden", "--json").stdout.splitlines()[-1])
    assert last["ended"] is True
    assert last["distributions"][0]["state"] == "available"


def test_watch_is_live_on_a_terminal(fake: FakeAws, clock: FakeClock) -> None:
    """And plain with --json even there."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.finish()
    output = io.StringIO()
    machine = Machine(fake.session, clock, lambda: Console(file=output, force_terminal=True, width=120))
    assert CliRunner().invoke(app, ["watch", "Golden"], obj=machine).stdout == ""
    assert "━" * 24 in output.getvalue()
    assert CliRunner().invoke(app, ["watch", "Golden", "--json"], obj=machine).stdout.startswith("{")


@pytest.mark.parametrize("arguments", [["watch", "Golden"], ["list"], ["retry", "Golden"], ["check", "."]])
def test_every_command_takes_profile_and_region(arguments: list[str], tmp_path: Path) -> None:
    """As the AWS CLI does, and fails with 2 for a profile that does not exist."""
    asked: list[tuple[str | None, str | None]] = []

    def make_session(profile: str | None, region: str | None) -> object:
        asked.append((profile, region))
        raise ProfileNotFound(profile=str(profile))

    if arguments[0] == "check":
        (tmp_path / "manifest.json").write_text(
            '{"artifacts": {"S": {"type": "aws:cloudformation:stack", '
            '"environment": "aws://unknown-account/unknown-region", "properties": {"templateFile": "t.json"}}}}'
        )
        (tmp_path / "t.json").write_text(json.dumps({"Resources": {"D": {"Type": DISTRIBUTION}}}))
        arguments = ["check", str(tmp_path)]
    machine = Machine(make_session)  # type: ignore[arg-type]
    result = CliRunner().invoke(app, [*arguments, "--profile", "p", "--region", "sa-east-1", "--json"], obj=machine)
    assert result.exit_code == 2
    assert result.stderr == "The config profile (p) could not be found.\n"
    assert asked == [("p", "sa-east-1")]


def test_missing_region_is_a_usage_error(fake: FakeAws) -> None:
    """boto3's own message comes only with the first call."""
    machine = Machine(lambda profile, region: fake.session(region=None))
    environment = {"AWS_DEFAULT_REGION": None, "AWS_REGION": None}
    result = CliRunner().invoke(app, ["list"], obj=machine, env={**os.environ, **environment})
    assert (result.exit_code, result.stderr) == (2, "The Region must be known. Pass --region, or set AWS_REGION.\n")


def test_list_prints_each_image_and_who_holds_it(fake: FakeAws, clock: FakeClock, run: Run) -> None:
    """The stack, the state, the age, the AMIs."""
    rollout = Rollout.begin(fake, names=("First", "Second"))
    rollout.start()
    rollout.finish()
    del rollout.stack.resources["Second0A"]
    clock.time += 7200
    result = run("list")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"Golden First0A {image_arn('First')} AVAILABLE, 2 h, held by its stack: "
        "eu-west-1 ami-first-eu-west-1, us-east-1 ami-first-us-east-1",
        f"Golden Second0A {image_arn('Second')} AVAILABLE, 2 h, held by no stack: "
        "eu-west-1 ami-second-eu-west-1, us-east-1 ami-second-us-east-1",
    ]
    assert [image["held"] for image in json.loads(run("list", "--json").stdout)["images"]] == [True, False]


def test_list_shows_a_retained_image_as_held_by_no_stack(fake: FakeAws, run: Run) -> None:
    """CloudFormation lists what it skipped in a deletion, and a stack that is gone lists nothing."""
    rollout = Rollout.begin(fake, names=("First", "Second"))
    rollout.start()
    rollout.stack.put("First0A", DISTRIBUTION, "DELETE_SKIPPED", image_arn("First"))
    held = {image["logicalId"]: image["held"] for image in json.loads(run("list", "--json").stdout)["images"]}
    assert held == {"First0A": False, "Second0A": True}
    fake.stacks.clear()
    assert [image["held"] for image in json.loads(run("list", "--json").stdout)["images"]] == [False, False]


def test_list_does_not_show_an_image_that_is_gone(fake: FakeAws, run: Run) -> None:
    """The tagging API lists it for a while; an image that may not be read is another matter."""
    Rollout.begin(fake).start()
    fake.refused["GetImage"] = Refused("ResourceNotFoundException", "The image cannot be found")
    assert run("list").stdout == "The construct started no image in this account and Region.\n"
    fake.refused["GetImage"] = Refused("AccessDeniedException", "not authorized to perform: imagebuilder:GetImage")
    result = run("list")
    assert result.exit_code == 3
    assert "unknown, age unknown, held by its stack" in result.stdout


def test_list_is_a_table_on_a_terminal(fake: FakeAws, clock: FakeClock) -> None:
    """With a heading for each column."""
    rollout = Rollout.begin(fake)
    rollout.start()
    output = io.StringIO()
    machine = Machine(fake.session, clock, lambda: Console(file=output, force_terminal=True, width=120))
    assert CliRunner().invoke(app, ["list"], obj=machine).exit_code == 0
    assert "Distribution0A" in output.getvalue()
    assert "Held" in output.getvalue()


def test_retry_ends_with_0_when_image_builder_took_it(fake: FakeAws, run: Run) -> None:
    """What did not fail is left alone."""
    rollout = Rollout.begin(fake, names=("Bad", "Good"))
    rollout.start()
    rollout.fail("us-east-1", "Throttled.", name="Bad")
    result = run("retry", "Golden")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["Bad: retried, was FAILED", "Good: nothing to retry, DISTRIBUTING"]
    report = json.loads(run("retry", "Golden", "--json").stdout)
    assert [item["retried"] for item in report["distributions"]] == [True, False]


def test_retry_ends_with_1_when_image_builder_refuses(fake: FakeAws, run: Run) -> None:
    """With Image Builder's reason."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.fail("us-east-1", "Denied.")
    fake.refused["RetryImage"] = Refused("InvalidRequestException", "It cannot be retried.")
    result = run("retry", "Golden")
    assert result.exit_code == 1
    assert "InvalidRequestException: It cannot be retried." in result.stdout


def test_retry_of_an_unknown_distribution_ends_with_2(fake: FakeAws, run: Run) -> None:
    """The message names those that there are."""
    Rollout.begin(fake).start()
    result = run("retry", "Golden", "--distribution", "Other")
    assert (result.exit_code, result.stderr) == (2, "Golden has no distribution Other. It has Distribution.\n")


def test_retry_of_a_stack_that_does_not_exist_ends_with_3(run: Run) -> None:
    """It may be in another Region."""
    result = run("retry", "Golden")
    assert (result.exit_code, result.stderr) == (3, "The stack Golden does not exist in eu-west-1.\n")


def test_credentials_that_do_not_work_end_with_3(fake: FakeAws, run: Run) -> None:
    """One line, no traceback."""
    fake.refused["GetResources"] = Refused("ExpiredTokenException", "The security token is expired.")
    result = run("list")
    assert result.exit_code == 3
    assert result.stderr == "Finding images by their tags: ExpiredTokenException: The security token is expired.\n"


def test_check_of_a_folder_that_is_no_assembly_ends_with_2(run: Run, tmp_path: Path) -> None:
    """The remedy is in the message."""
    result = run("check", str(tmp_path))
    assert result.exit_code == 2
    assert "Run cdk synth first." in result.stderr


def test_missing_extra_is_named() -> None:
    """The base install has no typer."""
    program = "import sys; sys.modules['typer'] = None\nfrom cdk_image_distribution_cli.__main__ import main\nmain()"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == "typer must be installed: pip install 'cdk-image-distribution[cli]'\n"
