"""Findings: kept as they come, merged with older ones, shown in the report and in the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from live import page, report, results
from live.lab import Lab
from live.masking import Mask
from live.probes.probe import Probe
from live.questions import ASSUMPTIONS
from live.results import Finding, Results
from live.runner import run_probes

COPY = Finding("home-copy", "copy", "Listed: ami-1", {"ami": "ami-1"})
UNEXPECTED = Finding("missing-get", "ClientException", "ClientException: no")
NO_ANSWER = Finding("home-name", "", "The probe failed: RuntimeError: no")


class SilentLab:
    """A lab for probes that need none."""

    def say(self, line: str) -> None:
        """Say nothing."""


def run(*probes: Probe) -> dict[str, Finding]:
    """Run probes and return what they found."""
    found: dict[str, Finding] = {}
    run_probes(cast(Lab, SilentLab()), probes, Mask("123456789012"), lambda one: found.update({one.assumption: one}))
    return found


def probe(*findings: Finding, error: BaseException | None = None, more: tuple[str, ...] = ()) -> Probe:
    """Return a probe that finds something and then may fail."""

    def function(lab: Lab) -> Iterator[Finding]:
        yield from findings
        if error is not None:
            raise error

    return Probe(function, (*(finding.assumption for finding in findings), *more))


def test_probe_that_fails_leaves_only_its_open_questions_unanswered() -> None:
    """What it found before counts, and the other probes run."""
    found = run(probe(COPY, error=RuntimeError("123456789012 broke"), more=("home-name",)), probe(UNEXPECTED))
    assert found["home-copy"] == COPY
    assert found["missing-get"] == UNEXPECTED
    assert (found["home-name"].answer, found["home-name"].details) == (
        "",
        "The probe failed: RuntimeError: 111111111111 broke",
    )


def test_probe_that_finds_nothing_says_so() -> None:
    """A question is never left out."""
    assert run(probe(more=("home-name",)))["home-name"].details == "The probe found nothing."


def test_interrupted_probe_ends_the_run_with_what_was_found() -> None:
    """Ctrl-C: the clean-up follows; what was found is kept already."""
    found: list[Finding] = []
    with pytest.raises(KeyboardInterrupt):
        run_probes(cast(Lab, SilentLab()), [probe(COPY, error=KeyboardInterrupt())], Mask(), found.append)
    assert found == [COPY]


def test_evidence_is_masked() -> None:
    """Also in the answer and the details."""
    given = Finding("home-copy", "123456789012", "123456789012", {"arn": ["arn:aws:iam::123456789012:role/R"]})
    masked = run(probe(given))["home-copy"]
    assert "123456789012" not in str(masked)


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    """The file is complete at every moment."""
    written = Results({"date": "2026-11-24"}, {one.assumption: one for one in (COPY, UNEXPECTED)})
    results.save(written, tmp_path / "deep" / "results.json")
    assert results.load(tmp_path / "deep" / "results.json") == written
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["results.json"]


def test_older_answer_outlives_a_run_without_one() -> None:
    """A new answer replaces it, a failed probe does not."""
    before = Results({}, {"home-copy": COPY, "home-name": Finding("home-name", "", results.NOT_MEASURED)})
    failed = before.with_findings({}, {"home-copy": Finding("home-copy", "", "no"), "home-name": NO_ANSWER})
    assert failed.findings == {"home-copy": COPY, "home-name": NO_ANSWER}
    newer = Finding("home-copy", "source", "")
    assert before.with_findings({}, {"home-copy": newer}).findings["home-copy"] == newer


def test_report_puts_first_what_needs_work() -> None:
    """What could not be removed, unexpected answers, questions without an answer; then each with its evidence."""
    found = {one.assumption: one for one in (COPY, UNEXPECTED, NO_ANSWER)}
    text = report.write(Results({"date": "2026-11-24"}, found), found, ["ami ami-1 (eu-west-1): AccessDenied"])
    parts = [
        "- date: 2026-11-24",
        "## Not removed\n\n- ami ami-1 (eu-west-1): AccessDenied",
        f"## Answers that the construct is not prepared for\n\n- {ASSUMPTIONS['missing-get'].question} ClientException",
        f"## Questions without an answer\n\n- {ASSUMPTIONS['home-name'].question} The probe failed",
        f"### {ASSUMPTIONS['home-copy'].question}\n\nA copy of the source AMI.\n\nListed: ami-1\n\n```json\n",
        "**unexpected:** ClientException",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_report_of_a_clean_run_has_no_empty_sections() -> None:
    """Everything was answered and removed."""
    text = report.write(Results({}, {"home-copy": COPY}), {"home-copy": COPY}, [])
    assert "Not removed" not in text
    assert "not prepared" not in text
    assert "without an answer" not in text


@pytest.mark.parametrize(
    ("findings", "shown"),
    [
        ({}, "Measured: not yet measured."),
        ({"home-copy": COPY}, "Measured: A copy of the source AMI."),
        ({"home-copy": Finding("home-copy", "two", "")}, "Measured: **unexpected:** two."),
    ],
)
def test_page_shows_the_measured_answer(findings: Any, shown: str) -> None:
    """Under the question, before the table of answers."""
    text = page.text(Results({"date": "2026-11-24"} if findings else {}, findings))
    question = f"### {ASSUMPTIONS['home-copy'].question}\n\n{shown}\n\n| Answer |"
    assert question in text
    assert ("The latest measurement: date 2026-11-24." in text) == bool(findings)
