"""PutEvents has the condition keys `events:source` and `events:detail-type`, with the values of all entries.

ministack has neither, so that a condition with ForAllValues would allow every event. Source: Service Authorization
Reference, EventBridge.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions

from local_aws.patching import replace

_KEYS = {"events:source": "Source", "events:detail-type": "DetailType"}


def install() -> None:
    """Add the keys to the context of the request."""

    def wrap(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def request_tag_context(service: str, action: str, body: bytes, parameters: Any) -> dict[str, Any]:
            context = original(service, action, body, parameters)
            return {**context, **_of_entries(body)} if action == "events:PutEvents" else context

        return request_tag_context

    replace(iam_actions, "request_tag_context", wrap)


def _of_entries(body: bytes) -> dict[str, list[str]]:
    try:
        entries = json.loads(body or b"{}").get("Entries", [])
        return {key: [str(entry[member]) for entry in entries if member in entry] for key, member in _KEYS.items()}
    except (ValueError, AttributeError, TypeError):
        return {}
