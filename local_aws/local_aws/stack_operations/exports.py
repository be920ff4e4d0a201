"""Exports that another stack imports: CloudFormation lets none of them change or go away.

Source: CloudFormation user guide, get exported outputs from a deployed stack.
"""

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers

from local_aws.patching import existing


class ExportInUse(Exception):
    """An update would change or remove an export that another stack imports."""


def refuse_changes(stack: dict[str, Any], exports: dict[str, Any]) -> None:
    """Refuse new exports of a stack that leave out or change one in use.

    Raises:
        ExportInUse: In CloudFormation's words.
    """
    imported = existing(handlers, "_imported_export_names")
    held = {
        output["ExportName"]: output["OutputValue"] for output in stack.get("Outputs", []) if "ExportName" in output
    }
    for name, value in held.items():
        if exports.get(name, {}).get("Value") == value:
            continue
        verb = "updated" if name in exports else "deleted"
        for other_name, other in list(cloudformation._stacks.items()):
            gone = other.get("StackStatus") in ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS")
            if other_name != stack["StackName"] and not gone and name in imported(other, other_name):
                raise ExportInUse(f"Export {name} cannot be {verb} as it is in use by {other_name}")
