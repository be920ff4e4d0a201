"""The ResponseURL is pre-signed: whoever reads it in a log can answer for the function."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import SimulatedAccount

from .requests import FAILING, HANGING
from .steps import created, wait_request

SCENARIOS: dict[str, dict[str, Any]] = {
    "success": {},
    "a refusal": {"operation": "DistributeImage", "code": "ClientException", "times": None},
    "throttling": {"operation": "*", "code": "ThrottlingException", "status": 400, "times": 8},
    "no connection": {"operation": "*", "unreachable": True, "times": 8},
    "a refused answer": {"operation": "PutAnswer", "status": 403, "times": 3},
    "an answer without connection": {"operation": "PutAnswer", "unreachable": True, "times": 3},
    "an answer never accepted": {"operation": "PutAnswer", "status": 403, "times": None},
    "a rule that cannot be deleted": {"operation": "DeleteRule", "code": "ThrottlingException", "times": 20},
    "a rule that is denied": {"operation": "PutRule", "code": "AccessDeniedException", "times": None},
}


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete", "wait", "failing wait"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_log_and_exceptions_hold_neither_the_response_url_nor_the_event(
    account: SimulatedAccount, caplog: pytest.LogCaptureFixture, scenario: str, kind: str
) -> None:
    """Not in any course of a request, at the level that the handler sets; Lambda logs what an invocation raises."""
    if kind == "Create":
        request = account.request("Create")
    else:
        account.builder.script.outcomes.append(FAILING if kind == "failing wait" else Outcome(distributing=100))
        arn = created(account)
        properties = account.request("Create")["ResourceProperties"]
        request = (
            wait_request(account, arn)
            if "wait" in kind
            else account.request(
                kind,
                PhysicalResourceId=arn,
                ResourceProperties={**properties, "Revision": "2"},
                OldResourceProperties=properties,
            )
        )
    if SCENARIOS[scenario]:
        account.fail(**SCENARIOS[scenario])
    account.function.send(request)
    account.settle(1200)
    assert logging.getLogger().level == logging.INFO
    errors = [str(invocation.error) for invocation in account.function.invocations if invocation.error]
    text = caplog.text + "".join(errors)
    assert text
    for secret in ("X-Amz-Signature", "secret", "ResponseURL", "ResourceProperties", "ServiceToken"):
        assert secret not in text


def test_log_of_a_request_that_the_function_cannot_read_holds_no_event(
    account: SimulatedAccount, caplog: pytest.LogCaptureFixture
) -> None:
    """A property that is missing is a defect of the construct; even so nothing of the event is logged."""
    account.builder.script.outcomes.append(HANGING)
    account.deliver(account.request("Create", ResourceProperties={"SourceImage": "ami-0123456789abcdef0"}))
    account.settle(10)
    (answer,) = account.answers.bodies
    assert answer["Status"] == "FAILED"
    for secret in ("X-Amz-Signature", "secret", "ResponseURL", "ResourceProperties"):
        assert secret not in caplog.text
