"""Conditions compare what functions and pseudo parameters in them give; ministack compares them as they are written.

So it took a condition of CDK's bootstrap stack to hold, and gave CloudFormation's role no policy. AWS::StackName and
AWS::StackId are empty here. Source: CloudFormation user guide, condition functions.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, stacks

from local_aws.patching import existing, replace

_OF_CONDITIONS = frozenset(("Condition", "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"))

_Evaluate = Callable[[dict[str, Any], dict[str, Any]], dict[str, bool]]


def install() -> None:
    """Resolve what the functions of conditions compare, before ministack evaluates them."""
    resolve = existing(engine, "_resolve_refs")

    def wrap(original: _Evaluate) -> _Evaluate:
        def evaluate(template: dict[str, Any], parameters: dict[str, Any]) -> dict[str, bool]:
            def resolved(value: Any) -> Any:
                if isinstance(value, Mapping) and _OF_CONDITIONS & set(value):
                    return {key: resolved(item) for key, item in value.items()}
                if isinstance(value, list):
                    return [resolved(item) for item in value]
                return resolve(value, {}, parameters, {}, template.get("Mappings", {}), "", "")

            conditions = {name: resolved(value) for name, value in template.get("Conditions", {}).items()}
            return original({**template, "Conditions": conditions}, parameters)

        return evaluate

    for module in (engine, changesets, handlers, stacks):
        replace(module, "_evaluate_conditions", wrap)
