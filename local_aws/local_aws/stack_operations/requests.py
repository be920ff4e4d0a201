"""A custom resource's requests to its function and the answers: asynchronous, with a time-out, and what a script says.

Source: CloudFormation user guide, custom resource requests; Lambda developer guide, asynchronous invocation.
"""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ministack import app
from ministack.core import responses
from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource

from local_aws.patching import existing, replace
from local_aws.stack_operations.undocumented import behavior
from local_aws.state_folder import StateFolder

_ANSWER_PATH = "/_ministack/cfn-response/"
_LONGEST_SECONDS = 3600
# The first answer alone counts; later ones are accepted and ignored, as S3 does.
_NOT_ANSWERED = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
    "[{request_id}]. If you are using the Python cfn-response module, you may need to update your Lambda function so "
    "that CloudFormation can attach the updated version."
)


class RequestFailed(Exception):
    """A custom resource's request failed.

    Attributes:
        physical_id: The one that the answer carried, if any.
        was_sent: Whether a function may have got it.
    """

    def __init__(self, reason: str, physical_id: str = "", *, was_sent: bool = True) -> None:
        """Take the reason as the stack event shows it."""
        super().__init__(reason)
        self.physical_id = physical_id
        self.was_sent = was_sent


@dataclass
class _Answer:
    arrived: threading.Event = field(default_factory=threading.Event)
    is_late: bool = False
    content: dict[str, Any] = field(default_factory=dict)


def install(folder: StateFolder, scale: float) -> None:
    """Put this in the place of ministack's requests.

    Args:
        folder: Where scripts come from.
        scale: How many seconds of AWS's pass in one.
    """
    expected: dict[str, _Answer] = {}

    def deliver_response(token: str, content: dict[str, Any]) -> bool:
        answer = expected.get(token)
        if answer is None:
            return False
        if not answer.arrived.is_set():
            answer.content = content
            answer.arrived.set()
        return True

    def invoke_custom_resource(
        request_type: str,
        logical_id: str,
        properties: dict[str, Any],
        stack_name: str,
        stack_id: str,
        resource_type: str,
        physical_id: str | None = None,
        old_props: dict[str, Any] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        token, answer = str(uuid.uuid4()), _Answer()
        normal = custom_resource._normalise_resource_properties
        event = {
            "RequestType": request_type,
            "ServiceToken": properties.get("ServiceToken"),
            "ResponseURL": custom_resource._response_url(token),
            "StackId": stack_id,
            "RequestId": str(uuid.uuid4()),
            "LogicalResourceId": logical_id,
            "ResourceType": resource_type,
            "ResourceProperties": normal(properties),
            **({} if physical_id is None else {"PhysicalResourceId": physical_id}),
            **({} if old_props is None else {"OldResourceProperties": normal(old_props)}),
        }
        function = _function(properties.get("ServiceToken"))
        expected[token] = answer
        delivery = folder.script().next_delivery(request_type, resource_type)
        for delay in delivery.delays if delivery else (0.0,):
            _deliver(function, event, delay / scale)
        arrived = answer.arrived.wait(_seconds(properties.get("ServiceTimeout")) / scale)
        if not arrived:
            answer.is_late = True
            raise RequestFailed(_NOT_ANSWERED.format(request_id=event["RequestId"]))
        return _result(event, answer.content)

    def wrap_routes(original: Callable[..., Any]) -> Callable[..., Any]:
        async def handle(method: str, path: str, *rest: Any) -> Any:
            if method == "PUT" and path.startswith(_ANSWER_PATH):
                answer = expected.get(path.removeprefix(_ANSWER_PATH))
                if answer is not None and answer.is_late and not behavior().late_answers_accepted:
                    return 403, {}, b""
                refusal = folder.script().next_refused_answer()
                if refusal:
                    if refusal.takes_effect:
                        await original(method, path, *rest)
                    return refusal.status, {}, b""
            return await original(method, path, *rest)

        return handle

    replace(custom_resource, "deliver_response", lambda original: deliver_response)
    replace(custom_resource, "invoke_custom_resource", lambda original: invoke_custom_resource)
    replace(app, "_handle_post_body_shortcuts", wrap_routes)


def _function(token: Any) -> dict[str, Any]:
    region = token.split(":")[3] if isinstance(token, str) and token.startswith("arn:aws:lambda:") else ""
    record, configuration, _ = existing(lambda_svc, "_get_func_record_for_ref")(token)
    if region != responses.get_region() or record is None or configuration is None:
        reason = f"Invalid service token: {token} is no function of Region {responses.get_region()}."
        raise RequestFailed(reason, was_sent=False)
    execution: dict[str, Any] = existing(lambda_svc, "_execution_record_for_config")(record, configuration)
    return execution


def _deliver(function: dict[str, Any], event: dict[str, Any], delay: float) -> None:
    invoke = existing(lambda_svc, "invoke_async_with_retry")
    if not delay:
        invoke(function, event)
        return
    account, region = responses.get_account_id(), responses.get_region()

    def late() -> None:
        time.sleep(delay)
        with responses.request_scope(account, region):
            invoke(function, event)

    threading.Thread(target=late, daemon=True).start()


def _seconds(given: Any) -> float:
    try:
        return min(float(given), _LONGEST_SECONDS)
    except (TypeError, ValueError):
        return _LONGEST_SECONDS


def _result(event: dict[str, Any], answer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    physical_id = str(answer.get("PhysicalResourceId") or "")
    if answer.get("Status") != "SUCCESS":
        reason = answer.get("Reason") or f"See the details in CloudWatch Log Stream: {event['RequestId']}"
        told = f"Received response status [FAILED] from custom resource. Message returned: {reason}"
        raise RequestFailed(f"{told} (RequestId: {event['RequestId']})", physical_id)
    if not physical_id:
        raise RequestFailed("Invalid PhysicalResourceId")
    return physical_id, answer.get("Data") or {}
