"""The page `docs/what-is-known-about-aws.md`, generated from the registry and the committed results."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .assumptions import Assumption
from .questions import TOPICS
from .report import answer_text
from .results import Results

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "what-is-known-about-aws.md"

_INTRODUCTION = """\
# What is known about AWS

AWS does not document everything that the construct depends on. This page lists each open question with its possible
answers, the behavior of the construct under each answer, and the tests that show it.

`make live` measures the answers in your account. It needs AWS credentials, Node.js and make, and a Region that
`cdk bootstrap` has prepared. It asks before it begins, takes about an hour, costs less than one US dollar, and
removes everything that it created. If it was interrupted, `python -m live --clean-up` removes the rest.

This page is generated: `python -m live --write-only` writes it from `live/results.json`.
"""


def text(results: Results) -> str:
    """Return the page."""
    return "\n".join(_lines(results)) + "\n"


def write(results: Results) -> None:
    """Write the page."""
    PAGE.write_text(text(results), "utf-8")


def _lines(results: Results) -> Iterator[str]:
    yield _INTRODUCTION
    if results.run:
        yield "The latest measurement: " + ", ".join(f"{name} {value}" for name, value in results.run.items()) + "."
        yield ""
    for topic in TOPICS:
        yield f"## {topic.title}"
        yield ""
        for assumption in topic.assumptions:
            yield from _question(assumption, results)
    # The last line ends the file.


def _question(assumption: Assumption, results: Results) -> Iterator[str]:
    yield f"### {assumption.question}"
    yield ""
    yield f"Measured: {_sentence(answer_text(assumption, results.findings.get(assumption.id)))}"
    yield ""
    yield "| Answer | Construct | Tests |"
    yield "| --- | --- | --- |"
    for answer in assumption.answers:
        tests = "<br>".join(_test(test) for test in answer.tests)
        yield f"| {answer.text} | {answer.construct} | {tests} |"
    yield ""


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _test(test: str) -> str:
    file, _, name = test.partition("::")
    return f"[`{name}`](../{file})"
