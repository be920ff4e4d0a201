"""EC2 shows which AMI a launch template starts that reads it from an SSM parameter (`resolve:ssm:<name>`).

DescribeLaunchTemplateVersions does so when asked with ResolveAlias; ministack answers with the name. Source: EC2
API reference.
"""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from ministack.services import ec2, ssm

from local_aws.patching import existing

_OPERATION = "DescribeLaunchTemplateVersions"
_ALIAS = re.compile(r"(?<=<imageId>)resolve:ssm:([^<]*)(?=</imageId>)")


class _NoParameter(Exception):
    """A launch template reads a parameter that does not exist."""


def install() -> None:
    """Answer with the value of the parameter in the Region and account of the caller."""
    actions: dict[str, Callable[[Any], Any]] = existing(ec2, "_ACTION_MAP")
    original = actions[_OPERATION]
    resolve = existing(ssm, "resolve_parameter_value")
    refuse = existing(ec2, "_error")
    parameter_of = existing(ec2, "_p")

    def value(alias: re.Match[str]) -> str:
        name = unescape(alias[1])
        held = resolve(name)
        if held is None:
            raise _NoParameter(name)
        return str(held)

    def describe_launch_template_versions(parameters: Any) -> Any:
        status, headers, body = original(parameters)
        if parameter_of(parameters, "ResolveAlias").lower() != "true":
            return status, headers, body
        document = body.decode() if isinstance(body, bytes) else body
        try:
            resolved = _ALIAS.sub(value, document)
        except _NoParameter as missing:
            return refuse("InvalidParameterValue", f"The SSM parameter '{missing}' does not exist.", 400)
        return status, headers, resolved.encode() if isinstance(body, bytes) else resolved

    actions[_OPERATION] = describe_launch_template_versions
