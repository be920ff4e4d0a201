"""Assumptions about AWS: a question, its possible answers, and why the construct is safe under each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """One possible answer of AWS.

    Attributes:
        key: Identifies the answer within its question.
        text: The answer.
        construct: How the construct behaves if this is the answer.
        tests: The tests that show it, as pytest names them: `tests/…/test_x.py::test_y`.
    """

    key: str
    text: str
    construct: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Assumption:
    """One question about AWS that its documentation leaves open.

    Attributes:
        id: Identifies the question in the JSON file.
        question: The question.
        answers: All answers that the construct is prepared for.
    """

    id: str
    question: str
    answers: tuple[Answer, ...]

    def answer(self, key: str) -> Answer | None:
        """Return an answer by its key, None if the construct is not prepared for it."""
        return next((answer for answer in self.answers if answer.key == key), None)


@dataclass(frozen=True)
class Topic:
    """Questions that belong together.

    Attributes:
        name: The name of its modules in `questions` and `probes`.
        title: The heading in the report and in the page.
    """

    name: str
    title: str
    assumptions: tuple[Assumption, ...]
