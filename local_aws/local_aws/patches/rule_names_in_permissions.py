"""A rule of the default event bus is `rule/<name>` in IAM.

ministack builds `rule/default/<name>`, and knows no resource for PutTargets and RemoveTargets, which call the
rule `Rule`: a policy that is right on AWS, on `rule/<prefix>*`, would be denied. Source: Service
Authorization Reference.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions

from local_aws.patching import replace


def rule_arn(body: bytes, region: str, account: str) -> str | None:
    """The ARN of the rule that an EventBridge request names, or None."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return None
    name = request.get("Name") or request.get("Rule")
    if not name:
        return None
    bus = request.get("EventBusName") or "default"
    place = name if bus == "default" else f"{bus.rpartition('/')[2]}/{name}"
    return f"arn:aws:events:{region}:{account}:rule/{place}"


def install() -> None:
    """Answer with the rule's ARN wherever a request names a rule."""

    def wrap(original: Callable[..., str]) -> Callable[..., str]:
        def extract_resource_arn(service: str, *request: Any) -> str:
            _, _, _, body, _, region, account = request
            rule = rule_arn(body, region, account) if service == "events" else None
            return rule or original(service, *request)

        return extract_resource_arn

    replace(iam_actions, "extract_resource_arn", wrap)
