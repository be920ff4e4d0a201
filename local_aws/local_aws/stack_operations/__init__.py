"""CloudFormation's stack operations, as AWS carries them out: ministack's own differ where a custom resource notices.

- A template with a reference to nothing, a cycle or an unknown attribute is refused before anything begins.
- An export in use neither changes nor goes away.
- Resources that do not depend on each other are provisioned at the same time. When one fails, those in progress are
  given up ("Resource creation cancelled") and rolled back, while their functions may still run.
- A resource has a status from the moment it is begun, so that DescribeStackResource answers with it.
- A resource that did not change is left alone.
- A failed Create is followed by a Delete with the physical id of its answer, or with one that CloudFormation makes up.
- A rollback sends back what an update changed or replaced, in the order of the old template.
- What an update removed or replaced goes last, dependents first, in UPDATE_COMPLETE_CLEANUP_IN_PROGRESS; what the
  rollback's own Updates supersede, in UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS. A Delete there is tried three
  times.

Source: CloudFormation user guide, custom resources, stack failure options, and monitor stack progress.
"""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import changesets, handlers, stacks

from local_aws.patching import replace
from local_aws.stack_operations import (
    deletion,
    deployment,
    failed_stacks,
    requests,
    rollback,
    undocumented,
    validation,
)
from local_aws.state_folder import StateFolder


def install(folder: StateFolder, scale: float) -> None:
    """Put these operations in the place of ministack's.

    Args:
        folder: Where scripts of late requests and refused answers come from.
        scale: How many seconds of AWS's pass in one.
    """
    undocumented.install(folder, scale)
    requests.install(folder, scale)
    failed_stacks.install()
    validation.install()
    for module, name, operation in (
        (stacks, "_delete_stack_async", deletion.delete_stack),
        (handlers, "_delete_stack_async", deletion.delete_stack),
        (handlers, "_deploy_stack_async", deployment.deploy_stack),
        (changesets, "_deploy_stack_async", deployment.deploy_stack),
        (handlers, "_roll_back_operation", rollback.roll_back_stack),
    ):
        replace(module, name, _always(operation))


def _always(operation: Any) -> Callable[[Any], Any]:
    return lambda original: operation
