"""The registry: every question has a probe, every answer has tests that exist, and the documents show them."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from live import page, results
from live.assumptions import Answer
from live.probes import BY_TOPIC, probes_for
from live.questions import ASSUMPTIONS, TOPICS

ANSWERS = [
    pytest.param(answer, id=f"{assumption.id}-{answer.key}")
    for assumption in ASSUMPTIONS.values()
    for answer in assumption.answers
]


@cache
def names_in(file: str) -> set[str]:
    """Return the names of the tests in a file."""
    path = page.ROOT / file
    nodes = ast.parse(path.read_text("utf-8")).body if path.exists() else []
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("answer", ANSWERS)
def test_answer_is_shown_to_be_safe_by_tests_that_exist(answer: Answer) -> None:
    """At least one; each as pytest names it."""
    assert answer.tests
    for test in answer.tests:
        file, _, name = test.partition("::")
        assert name in names_in(file)


def test_every_question_has_one_probe() -> None:
    """And no probe answers a question that nobody asks."""
    answered = [id for probe in probes_for(list(BY_TOPIC)) for id in probe.answers]
    assert sorted(answered) == sorted(ASSUMPTIONS)
    assert sum(len(topic.assumptions) for topic in TOPICS) == len(ASSUMPTIONS)


def test_every_topic_has_its_own_probes() -> None:
    """`--topic` answers the questions of its topic and no others."""
    for topic in TOPICS:
        answered = {id for probe in BY_TOPIC[topic.name] for id in probe.answers}
        assert answered == {assumption.id for assumption in topic.assumptions}
    assert set(BY_TOPIC) == {topic.name for topic in TOPICS}


def test_every_question_is_one_and_every_answer_a_sentence() -> None:
    """The page and the report show them as they are."""
    for assumption in ASSUMPTIONS.values():
        assert re.fullmatch(r"[a-z][a-z0-9-]+", assumption.id)
        assert assumption.question.endswith("?")
        keys = [answer.key for answer in assumption.answers]
        assert len(set(keys)) == len(keys)
        for answer in assumption.answers:
            assert answer.text.endswith(".")
            assert answer.construct.endswith(".")


def test_the_page_is_generated_from_the_results() -> None:
    """Nobody edits it by hand: `python -m live --write-only` writes it."""
    assert page.PAGE.read_text("utf-8") == page.text(results.load())


def test_the_committed_results_answer_every_question_or_say_that_they_do_not() -> None:
    """A question without a measurement says `not yet measured`."""
    committed = results.load()
    assert list(committed.findings) == list(ASSUMPTIONS)
    for finding in committed.findings.values():
        assert finding.answer or finding.details
        assert committed.run or finding.details == results.NOT_MEASURED
