"""What all operations share: their table, the tokens of their requests, the phases of an image."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_image_distribution_handler.image import PHASES, Phase
from cdk_image_distribution_handler.index import OPERATIONS
from cdk_image_distribution_handler.operation import Request
from local_aws.image_builder.model import service_model
from simulated_aws import DISTRIBUTION, IMAGE_ARN, LOGICAL_IDS, PROPERTIES, STACK_ID, WAIT

REQUEST: Request[dict[str, Any]] = Request(
    type="Create",
    stack_id=STACK_ID,
    logical_id=LOGICAL_IDS[DISTRIBUTION],
    request_id="request-1",
    physical_id="",
    properties=PROPERTIES,
    old_properties={},
    state={},
    began=0.0,
    deadline=900.0,
    overdue=False,
    has_rule=False,
)


def test_operations_cover_each_request_type_of_each_resource_type() -> None:
    """A request without an operation would get no answer, and CloudFormation would wait for an hour."""
    assert OPERATIONS.keys() == {
        (resource, request) for resource in (DISTRIBUTION, WAIT) for request in ("Create", "Update", "Delete")
    }


def test_phases_cover_each_status_of_the_api() -> None:
    """A status that botocore's model adds needs a phase, or a wait for it lasts until its deadline."""
    status: Any = service_model().shape_for("ImageStatus")
    assert PHASES.keys() == set(status.enum)


def test_phases_are_all_in_use() -> None:
    """A phase without a status is dead code."""
    assert set(PHASES.values()) == set(Phase)


def test_token_of_a_repeated_request_is_the_same() -> None:
    """Each delivery of one request gets the image that the first started."""
    assert replace(REQUEST, state={"any": "state"}, overdue=True, began=60.0).token == REQUEST.token
    assert len(REQUEST.token) == 36


@pytest.mark.parametrize("change", [{"request_id": "request-2"}, {"logical_id": "Other"}, {"stack_id": f"{STACK_ID}0"}])
def test_token_of_another_request_differs(change: dict[str, str]) -> None:
    """Idempotency follows stack, resource and RequestId: another request distributes anew."""
    assert replace(REQUEST, **change).token != REQUEST.token  # type: ignore[arg-type]  # all are strings


def test_token_of_each_call_of_a_request_differs() -> None:
    """Image Builder refuses a token that comes again with other parameters."""
    tokens = {REQUEST.token, *(REQUEST.token_for(f"{verb} {IMAGE_ARN}") for verb in ("cancel", "delete AMIs"))}
    assert len(tokens) == 3
