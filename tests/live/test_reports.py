"""What the probes of CloudFormation conclude from the reports of the spy function."""

from __future__ import annotations

from typing import Any

import pytest

from live.probes import cloudformation


def report(kind: str, logical_id: str, moment: str, time: float, **more: Any) -> dict[str, Any]:
    """Return a report of the spy function."""
    physical_id = more.pop("id", "")
    request = {
        "RequestType": kind,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id,
        "ResourceProperties": {"Version": more.pop("version", "1")},
    }
    return {"request": request, "moment": moment, "time": time, "answer": {"PhysicalResourceId": "Slow-1"}, **more}


CREATE, ANSWER = report("Create", "Slow", "received", 1), report("Create", "Slow", "answered", 5)


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([CREATE, ANSWER], ["none", "none"]),
        ([CREATE, report("Delete", "Slow", "received", 2, id="Stack-Slow-X"), ANSWER], ["invented", "during"]),
        ([CREATE, ANSWER, report("Delete", "Slow", "received", 6, id="Slow-1")], ["answered", "after"]),
    ],
)
def test_delete_of_an_interrupted_create_is_reported(reports: list[dict[str, Any]], expected: list[str]) -> None:
    """Its id and its time."""
    assert [one.answer for one in cloudformation._interrupted("cancelled-create", reports)] == expected


@pytest.mark.parametrize(("status", "expected"), [(200, "accepted"), (403, "refused")])
def test_late_answer_is_reported(status: int, expected: str) -> None:
    """By its HTTP status."""
    assert cloudformation._late_answer([{**ANSWER, "http": status}]).answer == expected


def test_late_status_is_reported() -> None:
    """What CloudFormation showed, and what was expected."""
    shown = report("Create", "First", "received", 1, stack="REVIEW_IN_PROGRESS", resource="CREATE_IN_PROGRESS")
    found = cloudformation._statuses([shown])
    assert found.answer == "late"
    assert "REVIEW_IN_PROGRESS and CREATE_IN_PROGRESS instead of CREATE_IN_PROGRESS" in found.details


UPDATE = report("Update", "First", "received", 2, id="First-1", version="2")
BACK = report("Update", "First", "received", 3, id="First-2", version="1")


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([UPDATE, BACK, report("Delete", "First", "received", 4, id="First-2")], ["update", "new"]),
        ([UPDATE, report("Delete", "First", "received", 4, id="First-2")], ["delete", "new"]),
        ([UPDATE, BACK], ["update", "none"]),
        ([UPDATE], ["nothing", "none"]),
    ],
)
def test_rollback_is_reported(reports: list[dict[str, Any]], expected: list[str]) -> None:
    """What the replaced resource gets, and what the cleanup deletes."""
    assert [one.answer for one in cloudformation._rolled_back(reports)] == expected
