"""The probes against the local AWS: each reports what the local AWS was scripted to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from live.masking import Mask
from live.probes import cloudformation, errors, events, home_region, lifecycle, outputs
from live.probes.probe import Probe
from live.questions import ASSUMPTIONS
from live.results import Finding
from live.runner import run_probes
from local_aws import Fault, LocalAws, Outcome, RegionFailure, Undocumented

from .conftest import HOME, MakeLab

pytestmark = pytest.mark.e2e

ARN = f"arn:aws:imagebuilder:{HOME}:123456789012:image/imagedistributionlive0123abcd-missing/1.0.0/1"
GONE = f"The image '{ARN}' does not exist."


def measured(make_lab: MakeLab, *probes: Probe) -> dict[str, Finding]:
    """Run probes on a new lab and return what they found."""
    found: dict[str, Finding] = {}
    run_probes(make_lab(), probes, Mask("123456789012"), lambda one: found.update({one.assumption: one}))
    return found


def answers(found: Mapping[str, Finding]) -> dict[str, str]:
    """Return the answers by question, and why there is none."""
    return {id: finding.answer or finding.details for id, finding in found.items()}


WATCHED = (*home_region.PROBES, *outputs.PROBES, events.PROBES[0])


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(lists_source="first"), {"home-copy": "copy", "output-entries": "source-too"}),
        (Outcome(sends_events=False), {"event-states": "none", "event-lag": "later"}),
        (Outcome(event_delay=2), {"event-states": "all", "event-lag": "later"}),
        (
            Outcome(failures=(RegionFailure(HOME, "UnauthorizedOperation: ec2:ModifyImageAttribute"),)),
            {"home-launch-permissions": "refused", "output-entries": "fewer"},
        ),
    ],
    ids=["source listed", "no events", "late events", "home Region fails"],
)
def test_watched_distribution_is_reported(
    aws: LocalAws, make_lab: MakeLab, outcome: Outcome, expected: dict[str, str]
) -> None:
    """Which AMIs are listed, and which events arrive."""
    aws.script(outcomes=[outcome])
    found = answers(measured(make_lab, *WATCHED))
    assert {id: found[id] for id in expected} == expected


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("ResourceNotFoundException", "No.", "not-found"),
        ("InvalidRequestException", GONE, "message"),
        ("ForbiddenException", "No.", "denied"),
        ("ClientException", "No.", "ClientException, which the handler does not take for a missing image"),
    ],
)
def test_error_for_a_missing_image_is_reported(
    aws: LocalAws, make_lab: MakeLab, code: str, message: str, expected: str
) -> None:
    """An error that the handler does not know is no answer that the construct is prepared for."""
    operations = ("GetImage", "DeleteImage", "CancelImageCreation")
    aws.script(faults=[Fault(operation, code, message) for operation in operations])
    found = measured(make_lab, errors.PROBES[0])
    assert set(answers(found).values()) == {expected}
    assert found["missing-delete"].evidence["code"] == code
    is_known = ASSUMPTIONS["missing-delete"].answer(expected) is not None
    assert is_known == (code != "ClientException")


def test_denied_repetition_of_a_token_is_reported(aws: LocalAws, make_lab: MakeLab) -> None:
    """The first call passes, the three repetitions are refused."""
    aws.script(faults=[Fault("DistributeImage", "ResourceInUseException", after=1, times=3)])
    found = answers(measured(make_lab, errors.PROBES[1]))
    assert (found["token-repeated"], found["token-other-parameters"]) == ("refused", "refused")
    assert (found["deleted-get"], found["token-after-deletion"]) == ("gone", "refused")


@pytest.mark.parametrize(
    ("outcome", "fault", "expected"),
    [
        (Outcome(distributing=5, cancel_loses=True), None, "other"),
        (Outcome(distributing=5), Fault("CancelImageCreation", "InvalidRequestException"), "refused"),
        (Outcome(distributing=5), None, "cancelled"),
    ],
)
def test_cancellation_is_reported(
    aws: LocalAws, make_lab: MakeLab, outcome: Outcome, fault: Fault | None, expected: str
) -> None:
    """It may come too late, or be refused."""
    aws.script(outcomes=[outcome], faults=[fault] if fault else [])
    assert answers(measured(make_lab, lifecycle.PROBES[0])) == {"cancel-status": expected}


def test_refused_retry_is_reported(aws: LocalAws, make_lab: MakeLab) -> None:
    """With the error."""
    aws.script(faults=[Fault("RetryImage", "InvalidRequestException", "Not for this image.")])
    found = measured(make_lab, lifecycle.PROBES[1])["retry-image"]
    assert (found.answer, found.details) == ("refused", "InvalidRequestException: Not for this image.")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(), {"lifecycle-amis": "deleted", "lifecycle-record": "kept"}),
        (Outcome(lifecycle_removes_record=True), {"lifecycle-amis": "deleted", "lifecycle-record": "removed"}),
        (
            Outcome(lifecycle_failures=("No.",)),
            {"lifecycle-amis": "failed", "lifecycle-record": "The probe found nothing."},
        ),
    ],
)
def test_deletion_of_amis_is_reported(
    aws: LocalAws, make_lab: MakeLab, outcome: Outcome, expected: dict[str, str]
) -> None:
    """The AMIs of the home Region are spared, whatever they are."""
    aws.script(outcomes=[outcome])
    assert answers(measured(make_lab, lifecycle.PROBES[2])) == expected


@pytest.mark.parametrize(
    ("outcome", "expected"), [(Outcome(), "deleted"), (Outcome(lifecycle_failures=("No role.",)), "failed")]
)
def test_deletion_of_amis_in_another_account_is_reported(
    aws: LocalAws, make_lab: MakeLab, outcome: Outcome, expected: str
) -> None:
    """The roles there are deployed once."""
    aws.script(outcomes=[outcome])
    found = measured(make_lab, lifecycle.PROBES[3])["lifecycle-other-account"]
    assert found.answer == expected, found
    assert ("No role." in found.details) == (expected == "failed")


def test_source_as_output_of_the_home_region_is_reported(aws: LocalAws, make_lab: MakeLab) -> None:
    """Image Builder may make no copy there: the source gets the tags and the permissions, and keeps its name."""
    aws.script(undocumented=Undocumented(home_is_source=True))
    found = measured(make_lab, *WATCHED)
    expected = {
        "home-copy": "source",
        "home-name": "not-applied",
        "home-tags": "applied",
        "home-created-by": "tagged",
        "copies-are-tagged": "both",
        "output-entries": "targets",
    }
    assert {id: answers(found)[id] for id in expected} == expected


def report(kind: str, logical_id: str, moment: str, time: float, **more: Any) -> dict[str, Any]:
    """Return a report of the spy function."""
    physical_id = more.pop("id", "")
    request = {"RequestType": kind, "LogicalResourceId": logical_id, "PhysicalResourceId": physical_id}
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
    """Its id and its time; CloudFormation of the local AWS has one answer only."""
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
