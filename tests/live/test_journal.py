"""The journal survives the process at every moment."""

from __future__ import annotations

from pathlib import Path

from live.journal import Journal, Resource, Run

RUN = Run("0123abcd", {"first": "123456789012"}, ["eu-west-1"], 1.0)
STACK, AMI = Resource("stack", "One", "eu-west-1"), Resource("ami", "ami-1", "us-east-1", "second")


def test_journal_is_read_by_another_process(tmp_path: Path) -> None:
    """The run, and what is left of it, newest first."""
    journal = Journal(tmp_path / "deep" / "journal")
    journal.begin(RUN)
    journal.will_create(STACK)
    journal.will_create(AMI)
    read = Journal(tmp_path / "deep" / "journal")
    assert read.run == RUN
    assert read.left == [AMI, STACK]
    read.removed(AMI)
    assert Journal(tmp_path / "deep" / "journal").left == [STACK]


def test_journal_whose_last_line_is_cut_off_is_read(tmp_path: Path) -> None:
    """The process was killed while it wrote."""
    file = tmp_path / "journal"
    journal = Journal(file)
    journal.begin(RUN)
    journal.will_create(STACK)
    file.write_text(file.read_text() + '{"resource": {"kind": "am')
    assert Journal(file).left == [STACK]
    assert Journal(file).run == RUN


def test_journal_that_ended_is_gone(tmp_path: Path) -> None:
    """A second run may begin."""
    journal = Journal(tmp_path / "journal")
    journal.begin(RUN)
    journal.will_create(STACK)
    journal.end()
    assert not journal.exists
    assert not Journal(tmp_path / "journal").exists
    assert journal.left == []


def test_resource_created_again_is_left_again(tmp_path: Path) -> None:
    """A stack is deleted and deployed under the same name."""
    journal = Journal(tmp_path / "journal")
    journal.begin(RUN)
    journal.will_create(STACK)
    journal.removed(STACK)
    journal.will_create(STACK)
    assert Journal(tmp_path / "journal").left == [STACK]
