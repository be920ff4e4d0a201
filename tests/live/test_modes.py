"""The probes against the local AWS: each reports what the local AWS was scripted to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from live.masking import Mask
from live.probes import cloudformation, conditions, errors, events, home_region, lifecycle, outputs, tagging
from live.probes.probe import Probe
from live.questions import ASSUMPTIONS
from live.results import Finding
from live.runner import run_probes
from local_aws import Fault, LocalAws, Outcome, RegionFailure, Undocumented

from .conftest import HOME, MINUTE, MakeLab

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
        (
            Outcome(lists_source="first"),
            {"home-copy": "copy", "output-entries": "source-too", "output-time": "during", "copies-are-tagged": "both"},
        ),
        (Outcome(lists_source="last"), {"home-copy": "copy", "output-entries": "source-last"}),
        (Outcome(lists_at_end=True), {"home-copy": "copy", "output-entries": "targets", "output-time": "end"}),
        (Outcome(sends_events=False), {"event-states": "none", "event-lag": "later"}),
        (Outcome(event_delay=2), {"event-states": "all", "event-lag": "later"}),
        (
            Outcome(failures=(RegionFailure(HOME, "UnauthorizedOperation: ec2:ModifyImageAttribute"),)),
            {"home-launch-permissions": "refused", "output-entries": "fewer"},
        ),
    ],
    ids=["source first", "source last", "AMIs at the end", "no events", "late events", "home Region fails"],
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


NOTHING = "The probe found nothing."
REFUSED = "InvalidRequestException"


@pytest.mark.parametrize(
    ("outcome", "refused", "expected"),
    [
        (Outcome(cancel_loses=True), "", {"cancel-status": "other", "cancel-amis": NOTHING}),
        (Outcome(), "CancelImageCreation", {"cancel-status": "refused", "retry-cancelled": NOTHING}),
        (Outcome(), "RetryImage", {"cancel-amis": "complete", "retry-cancelled": "refused"}),
        (Outcome(cancel_keeps="all"), "", {"cancel-status": "cancelled", "cancel-amis": "kept"}),
        (Outcome(cancel_keeps="none"), "", {"cancel-amis": "removed", "retry-cancelled": "runs"}),
    ],
    ids=["too late", "refused", "retry refused", "all AMIs kept", "no AMI kept"],
)
def test_cancellation_is_reported(
    aws: LocalAws, make_lab: MakeLab, outcome: Outcome, refused: str, expected: dict[str, str]
) -> None:
    """It may come too late or be refused, AMIs may stay or go, and the image may run again or not."""
    faults = [Fault(refused, REFUSED, "No.")] if refused else []
    aws.script(outcomes=[replace(outcome, distributing=4)], faults=faults)
    found = answers(measured(make_lab, lifecycle.PROBES[0]))
    assert {id: found[id] for id in expected} == expected


def test_refused_retry_is_reported(aws: LocalAws, make_lab: MakeLab) -> None:
    """With the error."""
    aws.script(faults=[Fault("RetryImage", REFUSED, "Not for this image.")])
    found = measured(make_lab, lifecycle.PROBES[1])["retry-image"]
    assert (found.answer, found.details) == ("refused", f"{REFUSED}: Not for this image.")


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


def test_late_tagging_api_is_reported(aws: LocalAws, make_lab: MakeLab) -> None:
    """More than a minute late in both directions."""
    late = 1.5 * MINUTE
    aws.script(undocumented=Undocumented(tagging_lists_after=late, tagging_forgets_after=late))
    found = answers(measured(make_lab, *tagging.PROBES))
    assert found == {"tagging-lists": "later", "tagging-forgets": "longer"}


def test_conditions_that_do_not_hold_are_reported(aws: LocalAws, make_lab: MakeLab) -> None:
    """IAM may not check the tags of images, nor those of a request."""
    aws.script(undocumented=Undocumented(ignored_conditions=("aws:ResourceTag", "aws:RequestTag")))
    found = answers(measured(make_lab, *conditions.PROBES))
    assert found.pop("condition-missing") == "not-found"
    assert set(found.values()) == {"ignored"}


def test_cancelled_creates_that_are_awaited_are_reported(aws: LocalAws, make_lab: MakeLab) -> None:
    """The Delete names the id of the answer; an answer after the ServiceTimeout may be refused."""
    aws.script(undocumented=Undocumented(awaits_cancelled_creates=True, late_answers_accepted=False))
    assert answers(measured(make_lab, cloudformation.PROBES[0])) == {
        "cancelled-create-id": "answered",
        "cancelled-create-time": "after",
        "deleted-during-create-id": "answered",
        "deleted-during-create-time": "after",
        "failed-create-id": "answered",
        "late-answer": "refused",
    }


def test_rollback_without_updates_is_reported(aws: LocalAws, make_lab: MakeLab) -> None:
    """Only the new resource is deleted; DescribeStackResource is late."""
    aws.script(undocumented=Undocumented(rollback_sends_updates=False, resource_status_lag=60))
    found = answers(measured(make_lab, cloudformation.PROBES[1]))
    assert found == {"rollback-update": "delete", "rollback-clean-up": "new", "status-shown": "late"}


def test_update_of_a_failed_create_is_reported(aws: LocalAws, make_lab: MakeLab) -> None:
    """The deployment after a create that failed with rollback disabled may send an Update."""
    aws.script(undocumented=Undocumented(failed_creates_get_updates=True))
    assert answers(measured(make_lab, cloudformation.PROBES[2])) == {"rollback-disabled": "update"}
