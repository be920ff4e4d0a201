"""The handler on a simulated account, by patching: it takes neither its clients nor its clock as arguments yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import crhelper.utils

from cdk_image_distribution_handler import clients, custom_resource, deleting, starting
from cdk_image_distribution_handler.index import distribution_resource, wait_resource
from simulated_aws import DISTRIBUTION, AnswerLost, Refused, SimulatedAccount, Unreachable, answer_with

_ATTEMPTS = 6
_current: list[SimulatedAccount] = []


class PatchedHandler:
    """What one container of the Lambda function holds."""

    def __init__(self, *, aws: Any, clock: Any) -> None:
        self._distribution, self._wait = distribution_resource(), wait_resource()

    def __call__(self, event: dict[str, Any], context: Any) -> None:
        """Answer one event."""
        resource = self._distribution if event["ResourceType"] == DISTRIBUTION else self._wait
        resource(event, context)


@contextmanager
def simulated_account() -> Iterator[SimulatedAccount]:
    """Return an account that the handler reaches."""
    with SimulatedAccount(PatchedHandler) as account, _patched(account):
        yield account


@contextmanager
def _patched(account: SimulatedAccount) -> Iterator[None]:
    _current[:] = [account]
    _connect()
    sleep = account.simulation.sleep
    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(crhelper.utils, "HTTPSConnection", _Connection))
        patches.enter_context(mock.patch.object(custom_resource, "clock", account.simulation.now))
        for module in (custom_resource, starting, deleting):
            patches.enter_context(mock.patch.object(module, "sleep", sleep))
        yield


class _Connection:
    """Stands in for http.client.HTTPSConnection."""

    def __init__(self, host: str, context: object) -> None:
        self._status = 0

    def request(self, *, method: str, url: str, body: str, headers: object) -> None:
        self._status = _current[0].aws.put_answer(url, body.encode())

    def getresponse(self) -> Any:
        return type("Response", (), {"status": self._status, "reason": "Reason"})


def _connect() -> None:
    if getattr(_connect, "done", False):
        return
    for service in ("events", "tagging", "cloudformation", "ec2", "image_builder"):
        client = getattr(clients, service)()
        answer_with(client, _answer(client.meta.service_model.service_name))
    _connect.done = True  # type: ignore[attr-defined]


def _answer(service: str) -> Callable[[str, dict[str, Any]], Mapping[str, Any]]:
    """Return what answers a client, with the retries that botocore makes behind the hook."""

    def call(operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        account = _current[0]
        for attempt in range(_ATTEMPTS - 1):
            try:
                return account.services.call(service, operation, parameters)
            except (Refused, Unreachable, AnswerLost) as error:
                if service != "imagebuilder" or (isinstance(error, Refused) and error.status not in (429, 500, 503)):
                    raise
                account.simulation.sleep(2**attempt)
        return account.services.call(service, operation, parameters)

    return call
