"""AWS names the resource in a denial ("... on resource: arn:..."), which is what a user needs to repair a policy.

ministack names it for a few services alone.
"""

from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions

from local_aws.patching import existing, replace


def install() -> None:
    """Give every denial that an identity policy decided the words of AWS."""
    identity_denial_message = existing(iam_actions, "identity_denial_message")

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def access_denied_response(
            service: str, action: str, principal_arn: str, request_id: str, **options: Any
        ) -> Any:
            resource_policy = options.get("resource_policy_arn")
            if not options.get("message") and not options.get("error_code") and not resource_policy:
                options["message"] = identity_denial_message(
                    action,
                    principal_arn,
                    options.get("resource_arn", "*"),
                    options.get("explicit_deny", False),
                )
            return original(service, action, principal_arn, request_id, **options)

        return access_denied_response

    replace(iam_actions, "access_denied_response", wrap)
