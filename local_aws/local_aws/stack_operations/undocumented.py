"""How CloudFormation behaves where AWS's documentation says nothing, as a script says."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services.cloudformation import handlers

from local_aws.patching import existing
from local_aws.state_folder import StateFolder
from local_aws.undocumented import Undocumented

_STATUSES = "_statuses"
_PAUSE = 0.05

_scripted: list[Callable[[], Undocumented]] = []


def install(folder: StateFolder, scale: float) -> None:
    """Take the script from a folder, and let DescribeStackResource be late as it says.

    Args:
        folder: The folder.
        scale: How many seconds of AWS's pass in one.
    """
    _scripted[:] = [lambda: folder.script().undocumented]
    actions = existing(handlers, "_ACTION_HANDLERS")
    describe = actions["DescribeStackResource"]

    def describe_stack_resource(params: Any) -> Any:
        stack = existing(handlers, "_resolve_stack")(existing(handlers, "_p")(params, "StackName"))
        record = (stack or {}).get("_resources", {}).get(existing(handlers, "_p")(params, "LogicalResourceId"))
        late = time.monotonic() - behavior().resource_status_lag / scale
        shown = [status for at, status in (record or {}).get(_STATUSES, []) if at <= late]
        if record is None or not behavior().resource_status_lag:
            return describe(params)
        if not shown:
            return existing(handlers, "_error")("ValidationError", "The resource does not exist in the stack")
        now, record["ResourceStatus"] = record["ResourceStatus"], shown[-1]
        try:
            return describe(params)
        finally:
            record["ResourceStatus"] = now

    actions["DescribeStackResource"] = describe_stack_resource


def behavior() -> Undocumented:
    """What the script in force says."""
    return _scripted[0]()


def note(record: dict[str, Any], status: str) -> None:
    """Note that a resource has a new status."""
    record.setdefault(_STATUSES, []).append((time.monotonic(), status))


async def end_of_creates(records: Mapping[str, dict[str, Any]]) -> None:
    """Wait until no create of these resources is in progress."""
    while any(record["ResourceStatus"] == "CREATE_IN_PROGRESS" for record in records.values()):
        await asyncio.sleep(_PAUSE)
