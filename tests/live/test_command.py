"""The program as users start it, against the local AWS: a whole run, Ctrl-C, and a crash."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from live import command
from live.page import ROOT
from live.questions import ASSUMPTIONS
from live.results import FILE
from local_aws import LocalAws
from local_aws.leftovers import leftovers

from .conftest import HOME, MINUTE, SECOND

pytestmark = pytest.mark.e2e

#: What the local AWS is made to do; the two times depend on how busy the machine is.
EXPECTED = {
    "policy-for-ami": "suffices",
    "policy-for-parameter": "suffices",
    "policy-for-image": "suffices",
    "dependent-actions": "documented",
    "execution-role": "suffices",
    "home-copy": "copy",
    "home-name": "applied",
    "home-tags": "applied",
    "home-launch-permissions": "applied",
    "home-created-by": "tagged",
    "copies-are-tagged": "both",
    "output-entries": "targets",
    "output-time": "during",
    "event-states": "all",
    "event-lag": "within-15-s",
    "answer-lag": ("within-15-s", "within-90-s"),
    "answer-lag-without-events": "within-90-s",
    "missing-get": "not-found",
    "missing-delete": "not-found",
    "missing-cancel": "not-found",
    "deleted-get": "gone",
    "token-repeated": "same",
    "token-other-parameters": "refused",
    "token-after-deletion": "same",
    "tagging-lists": "within-60-s",
    "tagging-forgets": "within-60-s",
    "condition-cancel": "enforced",
    "condition-delete": "enforced",
    "condition-state-update": "enforced",
    "condition-missing": "denied",
    "condition-request-tag": "enforced",
    "cancelled-create-id": "invented",
    "cancelled-create-time": ("during", "after"),
    "deleted-during-create-id": "invented",
    "deleted-during-create-time": ("during", "after"),
    "failed-create-id": "answered",
    "rollback-update": "update",
    "rollback-clean-up": "new",
    "rollback-disabled": "create",
    "status-shown": "current",
    "late-answer": "accepted",
    "cancel-status": "cancelled",
    "cancel-amis": "complete",
    "retry-image": "runs",
    "retry-cancelled": "runs",
    "lifecycle-amis": "deleted",
    "lifecycle-record": "kept",
    "lifecycle-other-account": "",
    "bundled-botocore": "all",
    "packed-model": "used",
}


def arguments(folder: Path, *more: str) -> list[str]:
    """Return the command line of the program."""
    regions = ["--region", HOME, "--second-region", SECOND]
    return [sys.executable, "-m", "live", *regions, "--folder", str(folder), "--minute", str(MINUTE), *more]


def run(folder: Path, *more: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        arguments(folder, *more), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )


Main = Callable[..., tuple[int, str]]


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Main:
    """Runs the program in this process; returns its exit code and what it printed."""
    monkeypatch.setattr("signal.signal", lambda *arguments: None)

    def called(folder: Path, *more: str) -> tuple[int, str]:
        code = command.main(arguments(folder, *more)[3:])
        return code, capsys.readouterr().out

    return called


def resources(aws: LocalAws) -> list[str]:
    """Return what there is in both Regions."""
    found = [one for region in (HOME, SECOND) for one in leftovers(aws, region)]
    for region in (HOME, SECOND):
        ec2 = aws.client("ec2", region)
        found += [image["ImageId"] for image in ec2.describe_images(Owners=["self"])["Images"]]
        found += [snapshot["SnapshotId"] for snapshot in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]]
        found += [volume["VolumeId"] for volume in ec2.describe_volumes()["Volumes"]]
    return sorted(found)


@pytest.fixture
def before(aws: LocalAws) -> Iterator[list[str]]:
    """What there was before; after the test nothing more may be there, and the committed results are the same."""
    aws.script()
    committed = FILE.read_bytes()
    there = resources(aws)
    yield there
    assert resources(aws) == there
    assert FILE.read_bytes() == committed


def test_whole_run_reports_what_the_local_aws_does(before: list[str], tmp_path: Path) -> None:
    """Every question has its answer with evidence, no account id is shown, and nothing is left."""
    process = run(tmp_path, "--yes", timeout=1200)
    assert process.returncode == 0, process.stdout
    report, found = (tmp_path / "report.md").read_text(), json.loads((tmp_path / "results.json").read_text())
    assert found["run"]["AWS"] == "local"
    answers = {id: finding["answer"] for id, finding in found["findings"].items()}
    assert sorted(answers) == sorted(ASSUMPTIONS) == sorted(EXPECTED)
    for id, answer in EXPECTED.items():
        known = (answer,) if isinstance(answer, str) else answer
        assert answers[id] in known, found["findings"][id]
    assert all(finding["evidence"] for finding in found["findings"].values() if finding["answer"])
    assert "123456789012" not in report + json.dumps(found)
    assert "not prepared" not in report
    assert not (tmp_path / "journal.jsonl").exists()


@pytest.mark.parametrize(("moment", "number"), [("Deploying", signal.SIGINT), ("Watching", signal.SIGTERM)])
def test_interrupted_run_cleans_up(before: list[str], tmp_path: Path, moment: str, number: signal.Signals) -> None:
    """Ctrl-C or a kill, during a deployment or a distribution."""
    with subprocess.Popen(
        arguments(tmp_path, "--yes", "--topic", "outputs"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        printed = []
        for line in process.stdout or ():
            printed.append(line)
            if line.startswith(moment):
                process.send_signal(number)
    assert process.returncode == 130, "".join(printed)
    assert "Interrupted.\n" in printed
    assert not (tmp_path / "journal.jsonl").exists()


@pytest.mark.parametrize("moment", ["Deploying", "Removed"])
def test_crashed_run_is_cleaned_up_by_the_next(before: list[str], tmp_path: Path, moment: str, main: Main) -> None:
    """After SIGKILL a run refuses to begin; `--clean-up` removes everything."""
    with subprocess.Popen(
        arguments(tmp_path, "--yes", "--topic", "outputs"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            if line.startswith(moment):
                process.kill()
                break
    refused = "An earlier run has not cleaned up. Run `python -m live --clean-up` first.\n"
    assert main(tmp_path, "--yes") == (2, refused)
    code, printed = main(tmp_path, "--clean-up")
    assert code == 0, printed
    assert "nothing is left" in printed


def test_run_asks_before_it_begins(
    before: list[str], tmp_path: Path, main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what it creates, where, and what that costs; anything but yes ends it."""
    monkeypatch.setattr("builtins.input", lambda question: print(question) or "no")
    code, printed = main(tmp_path)
    assert code == 2
    for said in ("123456789012", HOME, SECOND, "an hour", "US dollar", "Begin? [y/N]"):
        assert said in printed
    assert not (tmp_path / "journal.jsonl").exists()


@pytest.mark.parametrize(
    ("removed", "more", "problem"),
    [
        ([], ["--second-region", HOME], "--second-region must differ"),
        (["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], [], "AWS cannot be reached"),
        ([], ["--region", "sa-east-1"], "Run `npx cdk bootstrap aws://123456789012/sa-east-1` first."),
    ],
    ids=["one Region", "no credentials", "no bootstrap"],
)
def test_run_that_cannot_begin_says_why(
    before: list[str],
    tmp_path: Path,
    main: Main,
    monkeypatch: pytest.MonkeyPatch,
    removed: list[str],
    more: list[str],
    problem: str,
) -> None:
    """In one line, without a traceback."""
    for name in removed:
        monkeypatch.delenv(name)
    code, printed = main(tmp_path, "--yes", *more)
    assert code == 2
    assert printed.strip().splitlines()[-1].startswith(problem)
