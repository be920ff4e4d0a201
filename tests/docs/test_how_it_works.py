"""The page "How it works" names the phases, statuses and functions that the handler's code has."""

from __future__ import annotations

import re

from cdk_image_distribution_handler import distribution, index, ownership_tags, wait
from cdk_image_distribution_handler.image import PHASES, Phase

from .pages import page, text

PAGE = "docs/how-it-works.md"


def test_table_of_phases_is_the_table_of_the_code() -> None:
    """Each status stands in the row of its phase."""
    (table,) = (table for table in page(PAGE).tables if table.first == "phase")
    documented = {status: Phase[text(row[0])] for row in table.rows for status in re.findall(r"[A-Z]+", text(row[1]))}
    assert documented == PHASES


def test_functions_that_answer_requests_are_named() -> None:
    """The table of requests names the functions of index.OPERATIONS, and no other."""
    (table,) = (table for table in page(PAGE).tables if table.first == "request")
    functions = {operation.function for operation in index.OPERATIONS.values()}
    modules = {"distribution": distribution, "wait": wait}
    named = {getattr(modules[module], name) for module, name in (text(row[1]).split(".") for row in table.rows)}
    assert named == functions


def test_ownership_tags_are_those_of_the_code() -> None:
    """The documented tags are the ones that an organisation may protect."""
    (table,) = (table for table in page(PAGE).tables if table.first == "tag")
    documented = {name for row in table.rows for name in re.findall(r"[a-z-]+", text(row[0]))}
    prefix = ownership_tags.PREFIX
    constants = {
        value for value in vars(ownership_tags).values() if isinstance(value, str) and value.startswith(prefix)
    }
    assert documented == {tag.removeprefix(prefix) for tag in constants - {prefix}}
