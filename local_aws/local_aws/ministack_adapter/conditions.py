"""Conditions that IAM does not check for Image Builder, as a script says."""

from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator

from local_aws.image_builder.faults import Script
from local_aws.patching import replace

_NAMESPACE = "imagebuilder:"


def install(script: Callable[[], Script]) -> None:
    """Let ministack evaluate conditions without the keys that the script ignores."""

    def wrap(original: Callable[..., bool]) -> Callable[..., bool]:
        def conditions_met(conditions: dict[str, dict[str, Any]], ctx: Any) -> bool:
            ignored = script().undocumented.ignored_conditions
            if ignored and ctx.action.startswith(_NAMESPACE):
                conditions = {
                    operator: {key: value for key, value in keys.items() if not key.startswith(ignored)}
                    for operator, keys in conditions.items()
                }
            return original(conditions, ctx)

        return conditions_met

    replace(iam_evaluator, "_conditions_met", wrap)
