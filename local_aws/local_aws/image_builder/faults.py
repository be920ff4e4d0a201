"""Scripts: what goes otherwise than well, as plain data that a test writes and that crosses a process boundary."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from local_aws.image_builder.outcome import Outcome
from local_aws.undocumented import Undocumented


@dataclass(frozen=True)
class Fault:
    """What happens to calls of one operation.

    Attributes:
        operation: Such as `DistributeImage`; `*` for every one.
        error: The code to answer with, such as `CallRateLimitExceededException`.
        message: The words that go with the code.
        status: The HTTP status; the model's for the code when None.
        times: How many calls; None for every one from here on.
        after: How many calls pass unharmed first.
        takes_effect: The operation is carried out before the error is answered.
        lost: The operation is carried out and the connection breaks without an answer.
        delay: Seconds before the answer, whatever it is.
    """

    operation: str
    error: str = ""
    message: str = "Injected by a test."
    status: int | None = None
    times: int | None = 1
    after: int = 0
    takes_effect: bool = False
    lost: bool = False
    delay: float = 0.0


@dataclass(frozen=True)
class Delivery:
    """How requests of CloudFormation reach the functions of custom resources.

    Attributes:
        request_type: `Create`, `Update` or `Delete`; `*` for every one.
        resource_type: Such as `Custom::ImageDistribution`; `*` for every one.
        delays: Seconds of AWS's until each delivery of the request: none loses it, two deliver it twice.
        times: How many requests; None for every one from here on.
    """

    request_type: str = "*"
    resource_type: str = "*"
    delays: tuple[float, ...] = (0.0,)
    times: int | None = 1


@dataclass(frozen=True)
class RefusedAnswer:
    """What a custom resource's PUT to its ResponseURL gets instead of 200.

    Attributes:
        status: The HTTP status.
        takes_effect: The answer counts all the same.
        times: How many PUTs; None for every one from here on.
        after: How many pass unharmed first.
    """

    status: int = 503
    takes_effect: bool = False
    times: int | None = 1
    after: int = 0


@dataclass(frozen=True)
class Omission:
    """Members that answers of one operation lack.

    Attributes:
        operation: Such as `GetImage`.
        members: Their paths, such as `image.outputResources.amis.accountId`; lists have no part in a path. Every
            member that the API's model does not require when empty.
        times: How many answers; None for every one from here on.
    """

    operation: str
    members: tuple[str, ...] = ()
    times: int | None = None


_Scripted = TypeVar("_Scripted", Outcome, Fault, Delivery, RefusedAnswer, Omission)


@dataclass
class Script:
    """What will happen, used up as it happens; an empty one is an Image Builder in which all goes well.

    Attributes:
        outcomes: Of the next distributions, in their order; `default` once they are used up.
        faults: The first that matches a call applies to it.
        default: How a distribution goes that no outcome is left for.
        deliveries: The first that matches a request to a custom resource's function applies to it.
        refused_answers: What the next answers of custom resources get.
        omissions: The first that matches an answer of Image Builder applies to it.
        undocumented: How AWS behaves where its documentation says nothing.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    default: Outcome = field(default_factory=Outcome)
    deliveries: list[Delivery] = field(default_factory=list)
    refused_answers: list[RefusedAnswer] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)
    undocumented: Undocumented = field(default_factory=Undocumented)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def next_outcome(self) -> Outcome:
        """The outcome of the distribution that starts now."""
        with self._lock:
            return _use(self.outcomes, 0) if self.outcomes else self.default

    def next_fault(self, operation: str) -> Fault | None:
        """The fault of the call that arrives now, or None; a fault that is yet to come gets nearer."""
        with self._lock:
            for place, fault in enumerate(self.faults):
                if fault.operation not in (operation, "*"):
                    continue
                if fault.after == 0:
                    return _use(self.faults, place)
                self.faults[place] = replace(fault, after=fault.after - 1)
                return None
        return None

    def next_delivery(self, request_type: str, resource_type: str) -> Delivery | None:
        """How the request that is sent now is delivered, or None when as usual."""
        with self._lock:
            for place, delivery in enumerate(self.deliveries):
                if delivery.request_type in (request_type, "*") and delivery.resource_type in (resource_type, "*"):
                    return _use(self.deliveries, place)
        return None

    def next_refused_answer(self) -> RefusedAnswer | None:
        """What the answer that arrives now gets, or None when it is accepted."""
        with self._lock:
            if not self.refused_answers:
                return None
            first = self.refused_answers[0]
            if first.after == 0:
                return _use(self.refused_answers, 0)
            self.refused_answers[0] = replace(first, after=first.after - 1)
        return None

    def next_omission(self, operation: str) -> Omission | None:
        """What the answer that is given now lacks, or None when it is complete."""
        with self._lock:
            for place, omission in enumerate(self.omissions):
                if omission.operation == operation:
                    return _use(self.omissions, place)
        return None

    def to_json(self) -> dict[str, Any]:
        """This script as JSON's types."""
        return {
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
            "faults": [asdict(fault) for fault in self.faults],
            "default": asdict(self.default),
            "deliveries": [asdict(delivery) for delivery in self.deliveries],
            "refused_answers": [asdict(refused) for refused in self.refused_answers],
            "omissions": [asdict(omission) for omission in self.omissions],
            "undocumented": asdict(self.undocumented),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Script":
        """The script that `to_json` gave."""
        return cls(
            outcomes=[Outcome.from_json(item) for item in document.get("outcomes", [])],
            faults=[Fault(**item) for item in document.get("faults", [])],
            default=Outcome.from_json(document.get("default", {})),
            deliveries=[
                Delivery(**{**item, "delays": tuple(item.get("delays", (0.0,)))})
                for item in document.get("deliveries", [])
            ],
            refused_answers=[RefusedAnswer(**item) for item in document.get("refused_answers", [])],
            omissions=[
                Omission(**{**item, "members": tuple(item.get("members", ()))})
                for item in document.get("omissions", [])
            ],
            undocumented=_undocumented(document.get("undocumented", {})),
        )


def _use(scripted: list[_Scripted], place: int) -> _Scripted:
    item = scripted[place]
    if item.times is not None:
        left = [replace(item, times=item.times - 1)] if item.times > 1 else []
        scripted[place : place + 1] = left
    return item


def _undocumented(document: Mapping[str, Any]) -> Undocumented:
    return Undocumented(**{**document, "ignored_conditions": tuple(document.get("ignored_conditions", ()))})
