"""The Markdown report of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from .assumptions import Assumption
from .questions import ASSUMPTIONS, TOPICS
from .results import NOT_MEASURED, Finding, Results


def answer_text(assumption: Assumption, finding: Finding | None) -> str:
    """Return the measured answer to a question, as a reader sees it."""
    if finding is None or not finding.answer:
        return NOT_MEASURED
    known = assumption.answer(finding.answer)
    return known.text if known else f"**unexpected:** {finding.answer}"


def is_unexpected(finding: Finding) -> bool:
    """Return whether the construct is not prepared for an answer."""
    return bool(finding.answer) and ASSUMPTIONS[finding.assumption].answer(finding.answer) is None


def write(results: Results, found: Mapping[str, Finding], left: Sequence[str]) -> str:
    """Return the report.

    Args:
        results: The run.
        found: The findings of this run.
        left: What could not be removed.
    """
    return "\n".join(_lines(results, found, left)) + "\n"


def _lines(results: Results, found: Mapping[str, Finding], left: Sequence[str]) -> Iterator[str]:
    yield "# How AWS behaves"
    yield ""
    yield from (f"- {name}: {value}" for name, value in results.run.items())
    yield ""
    yield from _section("Not removed", left)
    unexpected = [finding for finding in found.values() if is_unexpected(finding)]
    yield from _section(
        "Answers that the construct is not prepared for",
        [f"{ASSUMPTIONS[one.assumption].question} {one.answer}: {one.details}" for one in unexpected],
    )
    unanswered = [finding for finding in found.values() if not finding.answer]
    yield from _section(
        "Questions without an answer",
        [f"{ASSUMPTIONS[one.assumption].question} {one.details}" for one in unanswered],
    )
    for topic in TOPICS:
        asked = [assumption for assumption in topic.assumptions if assumption.id in found]
        if asked:
            yield from [f"## {topic.title}", ""]
        for assumption in asked:
            finding = found[assumption.id]
            yield from [f"### {assumption.question}", "", answer_text(assumption, finding), "", finding.details, ""]
            if finding.evidence:
                evidence = json.dumps(finding.evidence, indent=1, ensure_ascii=False, default=str)
                yield from ["```json", *evidence.splitlines(), "```", ""]


def _section(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield from [f"## {title}", "", *(f"- {item}" for item in items), ""]
