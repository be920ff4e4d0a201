"""crhelper's CfnResource with its defects mended, each where the docstring says; written against crhelper 2.0.12."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from crhelper import CfnResource, resource_helper

from . import rules
from .clients import events
from .explaining import Denied, Failure, Passing, doing, fit

logger = logging.getLogger(__name__)

# crhelper makes three clients for each CfnResource, half of a cold start. They are for its own polling, in whose place
# there are `rules`, so it gets none.
setattr(resource_helper, "boto3", SimpleNamespace(client=lambda *service, **options: None))  # noqa: B010

clock = time.time
sleep = time.sleep

#: A role or a policy made seconds ago may be refused for this long, in seconds: IAM is eventually consistent.
DENIALS_PASS = 120

# While no rule can be made: seconds between two tries, and what is left of the function's time at the last.
_PAUSE = 5
_LAST_TRY = 60

_POLL = "CrHelperPoll"
_ENVELOPE = (
    "RequestType",
    "RequestId",
    "StackId",
    "ResponseURL",
    "ResourceType",
    "LogicalResourceId",
    "PhysicalResourceId",
)
_PROGRESS = ("Began", "Deadline", "State")

Operation = Callable[[Any, Any], "str | None"]


class CustomResource(CfnResource):
    """A custom resource that answers each request once, whatever happens between its polls.

    The function of an operation returns the physical id when it is done and nothing when it is to be asked again.
    What it wants to know then it keeps in `event["State"]`; the ARNs in its `Images` are those whose state changes
    call it back at once.
    """

    if TYPE_CHECKING:  # What of crhelper is private or set late, and so not in its type stub.
        RequestType: str
        _event: dict[str, Any]
        _context: Any
        _send_response: bool

        def _poll_enabled(self) -> Any: ...
        def _get_func(self) -> Operation | None: ...

    def __init__(
        self,
        *,
        kind: str,
        subject: Callable[[Mapping[str, Any]], str],
        patience: Callable[[Mapping[str, Any]], float],
        polled_properties: frozenset[str],
    ) -> None:
        """Prepare for events.

        Args:
            kind: The kind of its rules, see `rules.subject_prefix`.
            subject: What the rule of an operation is named after.
            patience: For how many seconds an operation may be asked again.
            polled_properties: What the functions read of ResourceProperties when they are asked again.
        """
        # At level DEBUG crhelper logs the event and the pre-signed ResponseURL. It sleeps before it answers a
        # Delete so that the log arrives before its group is deleted; our group outlives the resource.
        super().__init__(log_level="INFO", boto_level="ERROR", sleep_on_delete=0)
        self._kind = kind
        self._subject = subject
        self._patience = patience
        self._polled_properties = polled_properties
        self._answering = False
        self._state_in_rule = ""
        self.started_nothing = False

    @property
    def overdue(self) -> bool:
        """Whether the operation's time is up. crhelper knows no deadline, and polls on for nobody."""
        return bool(clock() >= self._event["Deadline"])

    def generate_physical_id(self, event: Mapping[str, Any]) -> str:
        """Name a resource without an image. crhelper's own is random: a retry would replace the resource."""
        suffix = "-not-started" if self.started_nothing else ""
        return f"{event['StackId'].split('/')[1]}-{event['LogicalResourceId']}{suffix}"

    @property
    def _polled(self) -> bool:
        return _POLL in self._event

    @property
    def _settled(self) -> bool:
        return bool(self.PhysicalResourceId) or self.Status == "FAILED"

    @property
    def _rule(self) -> str:
        return rules.name(self._event, self._kind, self._subject(self._event))

    def _wrap_function(self, func: Operation | None) -> None:
        """Ask an operation's function. crhelper takes every error for the end, and reports a random id with it."""
        self._answering = False
        self.started_nothing = False
        try:
            if "Began" not in self._event:
                self._event["Began"] = clock()
                self._event["Deadline"] = clock() + self._patience(self._event)
                self._event["State"] = {}
            self._state_in_rule = json.dumps(self._event["State"])
            self._ask(func)
        except Exception as error:
            logger.error(str(error), exc_info=True)
            self.Reason = str(error) or type(error).__name__
            self.Status = "FAILED"

    def _ask(self, func: Operation | None) -> None:
        self.PhysicalResourceId = ""
        try:
            self.PhysicalResourceId = (func(self._event, self._context) if func else None) or ""
        except (Passing, Denied) as error:
            passes = isinstance(error, Passing) or clock() < self._event["Began"] + DENIALS_PASS
            if not passes or self.overdue or not self._poll_enabled():
                raise
            logger.warning("Will be tried again: %s", error)

    def _polling_init(self, event: dict[str, Any]) -> None:
        """Answer what is settled, else have the function called again. crhelper makes a rule in any case."""
        if not self._polled and not self._settled:
            self._start_polling()
        if self._polled and not self._settled:
            self._keep_state()
        self._send_response = self._settled

    def _start_polling(self) -> None:
        """Make the rule, then look once more: an event between the first look and the rule is lost otherwise.

        crhelper names its rule by logical id and chance (64 characters do not hold it), adds a permission to the
        function for each (its policy holds about 60), and sends the whole event (8,192 characters at most).
        """
        while not self._settled:
            try:
                with doing("Waiting by an EventBridge rule"):
                    rules.put(events(), self._rule, self._images, self._function_arn, self._next_event())
            except Failure as error:
                if self._gives_up():
                    raise
                logger.warning("The function itself waits while it cannot be called back: %s", error)
                sleep(_PAUSE)
            else:
                self._event[_POLL] = True
            self._wrap_function(self._get_func())
            if self._polled:
                return

    def _gives_up(self) -> bool:
        # A Delete must not depend on EventBridge: it waits itself for as long as the function may.
        if self.RequestType != "Delete" and clock() >= self._event["Began"] + DENIALS_PASS:
            return True
        return bool(self._context.get_remaining_time_in_millis() < _LAST_TRY * 1000)

    def _keep_state(self) -> None:
        if json.dumps(self._event["State"]) == self._state_in_rule:
            return
        try:
            with doing("Keeping the state of the wait"):
                rules.aim(events(), self._rule, self._function_arn, self._next_event())
        except Failure as error:
            # Found out again at the next poll; or the rule is gone, since another delivery has answered.
            logger.warning("%s", error)

    @property
    def _images(self) -> list[str]:
        images: list[str] = self._event["State"].get("Images", [])
        return images

    @property
    def _function_arn(self) -> str:
        return str(self._context.invoked_function_arn)

    def _next_event(self) -> dict[str, Any]:
        kept = {key: self._event[key] for key in (*_ENVELOPE, *_PROGRESS) if key in self._event}
        properties = self._event["ResourceProperties"]
        kept["ResourceProperties"] = {key: properties[key] for key in self._polled_properties if key in properties}
        return {**kept, _POLL: True}

    def _cfn_response(self, event: dict[str, Any]) -> None:
        """Answer first, then remove the rule: a crash in between heals itself at the next poll.

        A Delete goes the other way: with its answer CloudFormation goes on to remove the function's policy. A
        crash in between is healed by Lambda, which repeats an invocation that failed.

        crhelper removes first, and reports a failure when another delivery has removed the rule already.
        """
        self._answering = True
        if self._polled and self.RequestType == "Delete":
            rules.remove(events(), self._rule)
        super()._cfn_response(event)  # type: ignore[misc]  # private
        if self._polled and self.RequestType != "Delete":
            rules.remove(events(), self._rule)

    def _send(self, status: str | None = None, reason: str = "", **transport: Any) -> None:
        """Send the answer with an id and a reason that fit.

        crhelper reports an empty or a "None" physical id when it fails early, and of a long reason the last
        240 characters.
        """
        if not self.PhysicalResourceId:
            own_id = self._event.get("PhysicalResourceId")
            self.PhysicalResourceId = own_id or self.generate_physical_id(self._event)
        self.Reason = fit(str(self.Reason))
        super()._send(status, fit(str(reason)), **transport)  # type: ignore[misc]  # private

    def _timeout(self) -> None:
        """Fail only what nobody asks again; crhelper fails a wait whose poll was slow.

        It also contradicts itself when the answer is slow to be taken.
        """
        logger.error("About to run into the function's time-out.")
        if not (self._answering or self._poll_enabled()):
            self._send("FAILED", "The function's time-out came before AWS answered; its log names the last call.")
