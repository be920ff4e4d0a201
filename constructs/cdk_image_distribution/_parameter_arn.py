"""The ARN of an SSM parameter by its name."""

from __future__ import annotations

from typing import Any

from aws_cdk import Fn, Reference, Token, Tokenization
from aws_cdk import aws_ssm as ssm
from constructs import IConstruct

from ._environment import stack_of

# The public parameters of AWS and its partners. Source: Systems Manager user guide, finding public parameters.
_PUBLIC = "/aws/service/"


def parameter_arn_for(scope: IConstruct, parameter: str, region: str | None = None) -> str:
    """Return the ARN of a parameter, as CDK's own `parameter_arn` would be but for public parameters.

    Args:
        scope: Its stack's account, and its Region by default, are the parameter's. A public parameter has no account.
        parameter: The name, or the ARN, which is returned as it is.
        region: The parameter's Region.
    """
    if parameter.startswith("arn:"):
        return parameter
    place: dict[str, Any] = {} if region is None else {"region": region}
    name = _with_slash(parameter)
    if name.startswith(_PUBLIC):
        place["account"] = ""
    return stack_of(scope).format_arn(service="ssm", resource=f"parameter{name}", **place)


def _with_slash(name: str) -> str:
    if not Token.is_unresolved(name):
        return f"/{name.removeprefix('/')}"
    if name.startswith("/"):
        return name
    known = _physical_name(name)
    if known is not None:
        return name if known.startswith("/") else f"/{name}"
    # Only CloudFormation knows whether the name begins with a slash: two in a row become one.
    return Fn.join("/", Fn.split("//", f"/{name}"))


def _physical_name(name: str) -> str | None:
    """Return the name of a parameter of the app, as far as it decides about the slash, or None if it is unknown."""
    token = Tokenization.reverse(name, fail_concat=False)
    target = token.target if isinstance(token, Reference) else None
    if not isinstance(target, ssm.CfnParameter):
        return None
    # CloudFormation makes a name without a slash if there is none.
    known = stack_of(target).resolve(target.name) or ""
    return known if isinstance(known, str) else None
