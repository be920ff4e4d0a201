"""The command line: asks, runs the probes, cleans up whatever happens, writes the report."""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from . import page, report, results
from .account import Account
from .clean_up import clean_up
from .journal import Journal, Leftover, Run
from .lab import Lab
from .masking import Mask
from .probes import BY_TOPIC, probes_for
from .results import FILE, Finding
from .runner import run_probes

ROOT = Path(__file__).parents[1]

_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"

_QUESTION = """\
This run measures how AWS behaves, in account {account}, Regions {regions}. It creates and removes:
- a volume and a snapshot of one GiB without content, and an AMI of them; no instance is started,
- about 15 CloudFormation stacks with roles, Lambda functions, a queue and distribution configurations,
- about 20 distributions of the AMI by EC2 Image Builder, most of them cancelled.
It takes about an hour and costs less than one US dollar, most of it for snapshots.
The journal {journal} has everything that is created.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the program.

    Returns:
        0 if nothing is left, 1 if something could not be removed, 2 if the run did not begin, 130 if interrupted.
    """
    options = _parser().parse_args(arguments)
    if options.write_only:
        page.write(results.load())
        return 0
    # A `kill` cleans up as Ctrl-C does; a shell ignores SIGINT for what it starts in the background.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    journal = Journal(options.folder / "journal.jsonl")
    try:
        accounts = _accounts(options)
        problem = _problem(options, accounts, journal)
    except (BotoCoreError, ClientError) as error:
        problem = f"AWS cannot be reached: {error}"
    if problem:
        print(problem)
        return 2
    if options.clean_up:
        return _finish(journal, accounts)[0]
    run = Run(
        id=uuid.uuid4().hex[:8],
        accounts={owner: account.id for owner, account in accounts.items()},
        regions=[options.region, options.second_region],
        began=time.time(),
    )
    if not options.yes and not _is_wanted(run, options.folder):
        return 2
    return _measure(options, run, journal, accounts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m live", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="begin without asking")
    parser.add_argument("--clean-up", action="store_true", help="remove what an interrupted run has left, and end")
    parser.add_argument("--write-only", action="store_true", help="write the page in docs/ from the results, and end")
    parser.add_argument("--topic", action="append", choices=list(BY_TOPIC), help="default: every topic; repeatable")
    parser.add_argument("--region", default=boto3.Session().region_name or "eu-west-1", help="default: %(default)s")
    parser.add_argument("--second-region", default="us-east-2", help="where copies go; default: %(default)s")
    parser.add_argument("--profile", help="a profile of your AWS configuration")
    parser.add_argument("--second-profile", help="a profile of another account, which images are shared with")
    parser.add_argument("--folder", type=Path, default=ROOT / ".live", help="of journal and report")
    parser.add_argument("--minute", type=float, default=60.0, help="seconds that a minute takes; for the local AWS")
    return parser


def _accounts(options: argparse.Namespace) -> dict[str, Account]:
    profiles = {"first": options.profile, "second": options.second_profile}
    return {
        owner: Account(
            boto3.Session(profile_name=profile, region_name=options.region),
            region=options.region,
            environment={**os.environ, **({"AWS_PROFILE": profile} if profile else {})},
            minute=options.minute,
        )
        for owner, profile in profiles.items()
        if owner == "first" or profile
    }


def _problem(options: argparse.Namespace, accounts: dict[str, Account], journal: Journal) -> str:
    """Return why the run cannot begin, empty if it can."""
    if journal.run is not None:
        for owner, account in accounts.items():
            if journal.run.accounts.get(owner, account.id) != account.id:
                return f"The journal is of account {journal.run.accounts[owner]}, the credentials are of {account.id}."
        if not options.clean_up:
            return "An earlier run has not cleaned up. Run `python -m live --clean-up` first."
    if options.clean_up:
        return ""
    if options.region == options.second_region:
        return f"--second-region must differ from --region, got {options.region}."
    for account in accounts.values():
        try:
            account.client("ssm").get_parameter(Name=_BOOTSTRAP)
        except ClientError:
            return f"Run `npx cdk bootstrap aws://{account.id}/{options.region}` first."
    return ""


def _is_wanted(run: Run, folder: Path) -> bool:
    print(_QUESTION.format(account=run.accounts["first"], regions=", ".join(run.regions), journal=folder))
    try:
        return input("Begin? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _measure(options: argparse.Namespace, run: Run, journal: Journal, accounts: dict[str, Account]) -> int:
    mask = Mask(*run.accounts.values())
    found: dict[str, Finding] = {}
    described = {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "Regions": ", ".join(run.regions),
        "aws-cdk-lib": version("aws-cdk-lib"),
        "boto3": version("boto3"),
        "AWS": "local" if "AWS_ENDPOINT_URL" in os.environ else "real",
    }
    # A run against the local AWS says nothing about the real one.
    is_real = described["AWS"] == "real"
    file = FILE if is_real else options.folder / "results.json"
    before = results.load(file) if file.exists() else results.Results({}, {})

    def keep(finding: Finding) -> None:
        found[finding.assumption] = finding
        results.save(before.with_findings(described, found), file)

    journal.begin(run)
    interrupted = False
    with tempfile.TemporaryDirectory(prefix="live-") as folder:
        lab = Lab(accounts["first"], accounts.get("second"), run, journal, Path(folder), _say)
        try:
            run_probes(lab, probes_for(options.topic or list(BY_TOPIC)), mask, keep)
        except KeyboardInterrupt:
            interrupted = True
            _say("Interrupted.")
        finally:
            for account in accounts.values():
                account.close()
            code, left = _finish(journal, accounts)
    now = before.with_findings(described, found)
    text = report.write(now, found, [mask.text(str(leftover)) for leftover in left])
    (options.folder / "report.md").write_text(text, "utf-8")
    _say(f"The report: {options.folder / 'report.md'}")
    if is_real:
        page.write(now)
    return 130 if interrupted else code


def _finish(journal: Journal, accounts: dict[str, Account]) -> tuple[int, Sequence[Leftover]]:
    _say("Cleaning up. If you interrupt this, run `python -m live --clean-up` later.")
    left = clean_up(journal, accounts, _say)
    return (1 if left else 0), left


def _say(line: str) -> None:
    print(line, flush=True)
