"""Runs one invocation by crhelper: calls the operation, retries, polls, answers. The only file that imports crhelper.

crhelper 2.0.12 calls the function that is registered for a request type and answers when it returns or raises. Its
polling is bypassed: no `poll_` function is registered and a polled event carries no `CrHelperPoll`, so that it calls
the same function again. What this file relies on of its private names:

- `_set_timeout` starts a timer that answers FAILED half a second before the function's timeout. It is replaced: a
  request without an answer is polled, or Lambda delivers it again.
- `_send` builds the answer and gives it to its argument `send_response`, whose default takes every HTTP status for
  success and repeats for ever without a connection. It is called with a function that does neither. `_send` also
  keeps only the last 240 characters of a reason longer than 256, and may send an empty physical id.
- It catches every `Exception` and answers FAILED. `_Unanswered` is none, so that an invocation can end unanswered.
- Its module's `boto3` makes three clients for its own polling, half of a cold start. It gets none.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from crhelper import CfnResource, resource_helper

from . import notification, polling_rule
from .aws_errors import is_answered
from .failure_report import fit
from .operation import Denied, Done, Failure, Operation, Pending, Request, Transient
from .retry_policy import CALL_SECONDS, DENIED_LASTS, OPERATION_SECONDS, PAUSES, Retries, patient_pauses

if TYPE_CHECKING:
    from .aws import Aws
    from .clock import Clock

logger = logging.getLogger(__name__)

setattr(resource_helper, "boto3", SimpleNamespace(client=lambda *service, **options: None))  # noqa: B010

# A rule is removed so long after the operation's deadline, whether the answer was accepted or not.
_ANSWER_LASTS = 180.0

_ENVELOPE = (
    "RequestType",
    "RequestId",
    "StackId",
    "ResponseURL",
    "ResourceType",
    "LogicalResourceId",
    "PhysicalResourceId",
)


class _Unanswered(BaseException):
    """Ends an invocation without an answer."""


class _Crhelper(CfnResource):
    """crhelper with one function for all request types."""

    def __init__(
        self,
        run: Callable[[dict[str, Any], Any], str],
        deliver: Callable[[str, Mapping[str, Any], Any], None],
        physical_id: str,
    ) -> None:
        # At level DEBUG crhelper logs the event and the pre-signed ResponseURL.
        super().__init__(log_level="INFO", boto_level="ERROR", sleep_on_delete=0)
        self._deliver = deliver
        self._default_physical_id = physical_id
        for register in (self.create, self.update, self.delete):
            register(run)

    def _set_timeout(self) -> None:
        pass

    def generate_physical_id(self, event: Mapping[str, Any]) -> str:
        return self._default_physical_id

    def _send(self, status: str | None = None, reason: str = "", send_response: Any = None) -> None:
        self.PhysicalResourceId = self.PhysicalResourceId or self._default_physical_id
        self.Reason = fit(str(self.Reason))
        super()._send(status, fit(reason), send_response=self._deliver)  # type: ignore[misc]  # private


class Invocation:
    """One invocation of the function: the first for a request, or a poll."""

    def __init__(self, event: dict[str, Any], context: Any, operation: Operation, aws: Aws, clock: Clock) -> None:
        self._event = event
        self._context = context
        self._operation = operation
        self._aws = aws
        self._clock = clock
        self._retries = Retries(context, clock)
        self._began: float = event.get("Began", clock.now())
        self._deadline: float = event.get("Deadline", 0.0) or self._began + operation.seconds(self._properties)
        self._state: Mapping[str, Any] = event.get("State", {})
        self._state_in_rule = self._state
        # Whether the rule will call again, and whether there may be one, however EventBridge answered.
        self._is_polled = self._may_have_rule = "Began" in event
        self._watch: tuple[str, ...] = ()
        # CloudFormation may have given the request up, and then nothing would delete a rule.
        self._is_in_doubt = False
        self._fits_rule = True
        request = self._request()
        self._is_delete = request.type == "Delete"
        self._rule = polling_rule.name(request, operation.rule(request))
        # A failed Create answers with its token, so that its Delete finds the image that it may have started.
        self._crhelper = _Crhelper(self._run, self._deliver, request.physical_id or request.token)

    def run(self) -> None:
        """Answer the request, or leave it to the polling rule.

        Raises:
            RuntimeError: The request has neither an answer nor a rule. Lambda delivers it again.
        """
        if "Answered" in self._event:
            self._remove_rule()
            return
        try:
            self._crhelper(self._event, self._context)
        except _Unanswered as unanswered:
            logger.info("Not answered yet: %s", unanswered)
            if not self._is_polled:
                raise RuntimeError(f"Not answered: {unanswered}") from None
            if self._clock.now() >= self._deadline + _ANSWER_LASTS:
                logger.error("The answer was not accepted in time.")
                self._remove_rule()
        else:
            # Only now: a crash before is repaired by the next poll.
            if self._may_have_rule and not self._is_delete:
                self._remove_rule()

    # The operation

    def _run(self, event: dict[str, Any], context: Any) -> str:
        """Return the physical id of a request that succeeded. crhelper calls this for every request type.

        Raises:
            Exception: The request failed. crhelper answers with the reason.
        """
        try:
            return self._until_done()
        except Exception as error:
            if self._operation.failed:
                image_arn = self._properties.get("ImageArn", "")
                told = getattr(error, "notification", None) or notification.of(
                    self._operation.failed, self._request(), image_arn, reason=str(error)
                )
                notification.put(self._aws, told)
            raise

    def _until_done(self) -> str:
        while True:
            try:
                outcome = self._retries.persist(self._attempt, OPERATION_SECONDS)
            except (Transient, Denied) as error:
                problem = str(error)
            else:
                if isinstance(outcome, Done):
                    self._crhelper.Data.update(outcome.attributes)
                    return outcome.physical_id
                problem = "the operation goes on"
            if self._is_polled:
                self._keep_state()
                raise _Unanswered(problem)
            # With a rule the operation is called once more: an event between the last call and the rule is lost.
            if self._is_in_doubt or not self._make_rule():
                if not self._retries.has_time(PAUSES[-1] + OPERATION_SECONDS):
                    raise _Unanswered(problem)
                self._clock.sleep(PAUSES[-1])

    def _attempt(self) -> Done | Pending[Any]:
        """Call the operation once.

        Raises:
            Transient: The operation is called again.
            Denied: The same, since IAM may not have propagated a permission yet.
            Failure: The request failed.
        """
        request = self._request()
        self._is_in_doubt = False
        try:
            outcome = self._operation.function(request, self._aws, self._clock)
        except (Transient, Denied) as error:
            lasts = isinstance(error, Transient) or self._clock.now() < self._began + DENIED_LASTS
            if lasts and not (request.overdue and self._fits_rule):
                raise
            raise Failure(str(error)) from error
        if isinstance(outcome, Pending):
            self._state = outcome.state
            self._watch = tuple(outcome.watch)
            self._is_in_doubt = not outcome.watch
            if not outcome.watch:
                raise (Failure if request.overdue else Transient)("CloudFormation's answers are not consistent yet.")
        return outcome

    def _request(self) -> Request[Any]:
        is_last_call = not self._fits_rule and not self._retries.has_time(PAUSES[-1] + OPERATION_SECONDS + CALL_SECONDS)
        return Request(
            type=self._event["RequestType"],
            stack_id=self._event["StackId"],
            logical_id=self._event["LogicalResourceId"],
            request_id=self._event["RequestId"],
            physical_id=self._event.get("PhysicalResourceId", ""),
            properties=self._properties,
            old_properties=self._event.get("OldResourceProperties", {}),
            state=self._state,
            began=self._began,
            deadline=self._deadline,
            overdue=self._clock.now() >= self._deadline or is_last_call,
            has_rule=self._is_polled,
        )

    @property
    def _properties(self) -> Mapping[str, Any]:
        properties: Mapping[str, Any] = self._event["ResourceProperties"]
        return properties

    # The polling rule

    def _make_rule(self) -> bool:
        """Make the polling rule and return whether it is there.

        Raises:
            Failure: IAM refused it for longer than propagation takes, or EventBridge is out of reach for so long, as
                from a VPC without its endpoint. A Delete goes on without it.
        """
        function_arn = self._context.invoked_function_arn
        try:
            target_input = polling_rule.input_of(self._polled_event())
            self._may_have_rule = True
            polling_rule.put(self._aws, self._rule, self._watch, function_arn, target_input)
        except polling_rule.InputTooLong as error:
            self._fits_rule = False
            logger.info("The function polls itself: %s", error)
        except Failure as error:
            may_pass = isinstance(error, Transient) and is_answered(error)
            if not may_pass and not self._is_delete and self._clock.now() >= self._began + DENIED_LASTS:
                raise Failure(str(error)) from error
            logger.warning("The function polls itself for now: %s", error)
        else:
            self._is_polled = True
            self._state_in_rule = self._state
        return self._is_polled

    def _keep_state(self) -> None:
        if self._state == self._state_in_rule:
            return
        function_arn = self._context.invoked_function_arn
        try:
            target_input = polling_rule.input_of(self._polled_event())
            polling_rule.put_target(self._aws, self._rule, function_arn, target_input)
        except (Failure, polling_rule.InputTooLong) as error:
            # The next poll comes to the same state again; or another delivery has answered and removed the rule.
            logger.warning("The state is not kept: %s", error)

    def _polled_event(self) -> dict[str, Any]:
        event = {key: self._event[key] for key in _ENVELOPE if key in self._event}
        for key, reads in (
            ("ResourceProperties", self._operation.reads),
            ("OldResourceProperties", self._operation.reads_old),
        ):
            event[key] = {name: value for name, value in self._event.get(key, {}).items() if name in reads}
        return {**event, "Began": self._began, "Deadline": self._deadline, "State": self._state}

    def _remove_rule(self) -> None:
        """Delete the polling rule.

        Raises:
            Failure: It is still there, with its target, so that the next poll deletes it.
        """
        try:
            self._retries.persist(
                lambda: polling_rule.remove(self._aws, self._rule), 2 * CALL_SECONDS, patient_pauses()
            )
        except Failure as error:
            logger.warning("The next poll deletes the rule: %s", error)
            # The target may be removed already, and then nothing would ever delete the rule.
            event = self._polled_event() if self._is_delete else {**self._polled_event(), "Answered": True}
            function_arn = self._context.invoked_function_arn
            polling_rule.put_target(self._aws, self._rule, function_arn, polling_rule.input_of(event))
            raise
        self._is_polled = self._may_have_rule = False

    # The answer

    def _deliver(self, url: str, answer: Mapping[str, Any], ssl_verify: Any) -> None:
        """Give an answer to CloudFormation. crhelper calls this.

        A Delete's rule is removed before: with the answer CloudFormation goes on to remove the function's policy.
        """
        if self._may_have_rule and self._is_delete:
            try:
                self._remove_rule()
            except Failure as error:
                if self._clock.now() < self._deadline:
                    raise _Unanswered(str(error)) from error
        body = json.dumps(answer).encode()
        try:
            # Without a rule no poll repeats it.
            pauses = PAUSES if self._is_polled else patient_pauses()
            self._retries.persist(lambda: self._put(url, body), CALL_SECONDS, pauses)
        except Transient as error:
            raise _Unanswered(str(error)) from error

    def _put(self, url: str, body: bytes) -> None:
        try:
            status = self._aws.put_answer(url, body)
        except OSError as error:
            # The error's text may contain the URL, which is a secret.
            raise Transient(f"No connection for the answer: {type(error).__name__}") from None
        if not 200 <= status < 300:
            raise Transient(f"The answer was refused: HTTP {status}")
        logger.info("Answered %s: %s", self._event["RequestType"], self._event["LogicalResourceId"])
