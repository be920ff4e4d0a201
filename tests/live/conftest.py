"""A local AWS for the tests that measure it, and a lab in it whose base stack is deployed once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from live.account import Account
from live.journal import Journal, Run
from live.lab import Lab
from local_aws import LocalAws
from local_aws.environment import as_account, without_foreign

MINUTE = 3.0
HOME, SECOND = "eu-west-1", "us-east-1"
OTHER_ACCOUNT = "210987654321"

MakeLab = Callable[[], Lab]


@contextmanager
def only(aws: LocalAws) -> Iterator[LocalAws]:
    """Prepare both accounts of a local AWS, and let boto3 and the program reach nothing else."""
    for account in (aws.account, OTHER_ACCOUNT):
        aws.bootstrap(f"aws://{account}/{HOME}")
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(without_foreign(dict(os.environ))):
            patch.delenv(name)
        for name, value in aws.environment.items():
            patch.setenv(name, value)
        yield aws


def lab_in(folder: Path) -> Lab:
    """Return a lab in the local AWS that is reached, with a second account."""
    account = Account(boto3.Session(region_name=HOME), region=HOME, environment=os.environ, minute=MINUTE)
    other = as_account(dict(os.environ), OTHER_ACCOUNT)
    session = boto3.Session(OTHER_ACCOUNT, OTHER_ACCOUNT, region_name=HOME)
    second = Account(session, region=HOME, environment=other, minute=MINUTE)
    run = Run("0123abcd", {"first": account.id, "second": second.id}, [HOME, SECOND], time.time())
    journal = Journal(folder / "journal.jsonl")
    journal.begin(run)
    return Lab(account, second, run, journal, folder, print)


@pytest.fixture(scope="package")
def aws() -> Iterator[LocalAws]:
    """A local AWS."""
    with LocalAws(minute=MINUTE, region=HOME) as made, only(made):
        yield made


@pytest.fixture(scope="package")
def first_lab(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab with its base stack."""
    lab = lab_in(tmp_path_factory.mktemp("live"))
    assert lab.base
    yield lab
    for account in (lab.account, lab.second):
        assert account is not None
        account.close()


@pytest.fixture
def make_lab(aws: LocalAws, first_lab: Lab) -> MakeLab:
    """Makes labs that have watched nothing yet, with the same base stack and source AMI."""
    aws.script()

    def make() -> Lab:
        lab = Lab(first_lab.account, first_lab.second, first_lab.run, first_lab.journal, first_lab.folder, print)
        vars(lab).update(base=first_lab.base, source_ami=first_lab.source_ami)
        return lab

    return make
