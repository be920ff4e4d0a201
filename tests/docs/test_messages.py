"""docs/troubleshooting.md has every message that the construct and the handler can produce, and no other."""

from __future__ import annotations

import pytest

from .messages import Message, messages
from .pages import codes, page

_MESSAGES = {"message", "remedy", "line"}


def examples(name: str) -> list[str]:
    """Return the messages on a page: the first column of its tables of messages."""
    return [
        code for table in page(name).tables if table.first in _MESSAGES for row in table.rows for code in codes(row[0])
    ]


@pytest.mark.parametrize("name", ["docs/troubleshooting.md", "docs/waiting.md"])
def test_every_message_on_a_page_is_one_of_the_source(name: str) -> None:
    """Word by word, values in the gaps; a message that was reworded in the code fails here."""
    assert examples(name)
    assert [shown for shown in examples(name) if not any(known.matches(shown) for known in messages())] == []


@pytest.mark.parametrize("message", messages(), ids=lambda message: message.place)
def test_every_message_of_the_source_is_on_the_page(message: Message) -> None:
    """Whoever meets a message finds it, with its cause and its remedy."""
    assert any(message.matches(shown) for shown in examples("docs/troubleshooting.md")), "…".join(message.parts)
