"""GetParameters and DeleteParameters need a permission on each parameter; ministack asks for one on `*`.

ministack also names a public parameter with the caller's account, AWS without one.

Source: Service Authorization Reference, Systems Manager.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions, iam_evaluator, router

from local_aws.parameter_arn import parameter_arn
from local_aws.patching import replace


def install() -> None:
    """Answer with the ARN of the first parameter that the caller may not use, or of the first one."""

    def wrap(original: Callable[..., str]) -> Callable[..., str]:
        def extract_resource_arn(service: str, *request: Any) -> str:
            _, _, headers, body, _, region, account = request
            action = "ssm:" + headers.get("x-amz-target", "").rpartition(".")[2]
            names = _names(body, action) if service == "ssm" else []
            if not names:
                return original(service, *request)
            arns = [parameter_arn(region, account, name) for name in names]
            caller = router.extract_access_key_id(dict(headers), {})
            denied = (
                arn
                for arn in arns
                if iam_evaluator.enforce(caller, action, "ssm", region, resource_arn=arn) is not None
            )
            return next(denied, arns[0])

        return extract_resource_arn

    replace(iam_actions, "extract_resource_arn", wrap)


def _names(body: bytes, action: str) -> list[str]:
    try:
        parameters = json.loads(body or b"{}")
        names = [parameters["Name"]] if action == "ssm:GetParameter" else parameters.get("Names", [])
    except (ValueError, AttributeError, KeyError):
        return []
    return [name for name in names if isinstance(name, str) and not name.startswith("arn:")]
