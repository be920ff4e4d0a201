"""The front door of all services: each call is delayed, logged, authorized and made to fail here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .faults import AnswerLost, Faults, Refused, Unreachable
from .permissions import Permissions, denial_code, needed_for
from .simulation import Simulation


@dataclass(frozen=True)
class Call:
    """One call of one of AWS's APIs, or one PUT of an answer.

    Attributes:
        outcome: `ok`, `lost`, `unreachable` or the code of the error.
        cause: The RequestId of the event whose invocation made it.
        time: When it arrived, in seconds since the epoch.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    outcome: str
    time: float
    cause: str


@dataclass
class Services:
    """What stands between the handler and the simulated services.

    Attributes:
        carry_out: Carries out a call of a service.
        tags_of: Returns the tags of an image by its ARN, for IAM.
        latency: Seconds that each call takes. Other processes run meanwhile.
        calls: Every call so far.
    """

    simulation: Simulation
    faults: Faults
    permissions: Permissions
    carry_out: Callable[[str, str, dict[str, Any]], Mapping[str, Any]]
    tags_of: Callable[[str], Mapping[str, str]]
    latency: float = 0.0
    calls: list[Call] = field(default_factory=list)

    def call(self, service: str, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Answer one call.

        Raises:
            Refused: The service refuses it.
            Unreachable: The service cannot be reached.
            AnswerLost: It was carried out, and the answer is lost.
        """
        self.simulation.check_alive()
        arrived = self.simulation.now()
        cause, outcome = self.simulation.cause, "ok"
        try:
            return self._call(service, operation, parameters)
        except Refused as refused:
            outcome = refused.code
            raise
        except Unreachable:
            outcome = "unreachable"
            raise
        except AnswerLost:
            outcome = "lost"
            raise
        finally:
            self.calls.append(Call(service, operation, parameters, outcome, arrived, cause))

    def _call(self, service: str, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        fault = self.faults.next(service, operation, self.simulation.now())
        duration = self.latency + (fault.seconds if fault else 0)
        if duration:
            self.simulation.sleep(duration)
        if fault and fault.unreachable:
            raise Unreachable
        if fault and fault.partial:
            return {"FailedEntryCount": 1, "FailedEntries": [{"TargetId": "1", "ErrorCode": fault.code}]}
        if fault and (fault.code or fault.status):
            raise Refused(fault.code, fault.message, fault.status)
        self._authorize(service, operation, parameters)
        answer = self.carry_out(service, operation, parameters)
        if fault and fault.lost:
            raise AnswerLost
        return answer

    def _authorize(self, service: str, operation: str, parameters: dict[str, Any]) -> None:
        for needed in needed_for(service, operation, parameters, self.tags_of):
            denial = self.permissions.denial(needed)
            if denial:
                raise Refused(denial_code(service), denial, 400 if service in ("events",) else 403)
