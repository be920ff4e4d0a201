"""What Systems Manager accepts as the name of a parameter, beyond what Image Builder checks."""

from __future__ import annotations

import re

from ._limits import check_ssm_parameter_name
from ._literal import is_literal

_RESERVED = re.compile(r"(?:aws|ssm)|/(?:aws|ssm)/", re.IGNORECASE)
_MOST_LEVELS = 15


def check_parameter_name(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or a name that a parameter can be written to.

    Source: Systems Manager API reference, PutParameter.
    """
    check_ssm_parameter_name(argument, value)
    if not is_literal(value):
        return
    if _RESERVED.match(value):
        raise ValueError(f"{argument} must not begin with 'aws' or 'ssm', got {value!r}. Rename the parameter.")
    if "/" in value and (not value.startswith("/") or value.endswith("/") or value.count("/") > _MOST_LEVELS):
        raise ValueError(
            f"{argument} with a '/' must begin with one, end without one and have at most {_MOST_LEVELS} levels, got "
            f"{value!r}. Write {'/' + value.strip('/')!r}."
        )
