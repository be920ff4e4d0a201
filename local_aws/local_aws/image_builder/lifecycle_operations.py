"""The operations that change the state of a finished image, and take its AMIs along."""

from local_aws.image_builder.authorization import authorize_role
from local_aws.image_builder.errors import ServiceError, does_not_exist
from local_aws.image_builder.model import Parameters
from local_aws.image_builder.role_steps import deletion_denial
from local_aws.image_builder.states import STATE_UPDATES, lifecycle_plan
from local_aws.image_builder.store import Headers, LifecycleExecution, Store, new_identifier
from local_aws.image_builder.transitions import is_spared


def start_resource_state_update(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """StartResourceStateUpdate: begin a lifecycle execution that changes an image's state.

    Taking AMIs or snapshots along needs an execution role, and a role is given for nothing else.
    """
    image = store.image(parameters["resourceArn"])
    wanted = parameters["state"].get("status", "")
    role, included = parameters.get("executionRole"), parameters.get("includeResources")
    if (role is None) != (included is None):
        raise ServiceError(
            "InvalidRequestException",
            "executionRole and includeResources must be given together or not at all.",
        )
    acting = authorize_role(store, role, headers) if role is not None else ""
    if image.status not in STATE_UPDATES.get(wanted, frozenset()):
        raise ServiceError(
            "InvalidRequestException",
            f"The image '{image.arn}' cannot change to {wanted or 'no status'}, its status is {image.status}.",
        )
    _refuse_second(store, image.lifecycle_execution)
    past = [execution for execution in store.executions.values() if execution.arn == image.arn]
    failures = image.outcome.lifecycle_failures
    included = included or {}
    spared = parameters.get("exclusionRules", {}).get("amis", {})
    failure = failures[len(past)] if len(past) < len(failures) else ""
    if included.get("amis"):
        denials = (
            deletion_denial(store, acting, copy, image.arn, included.get("snapshots", False))
            for copy in image.copies
            if not is_spared(image, copy, spared)
        )
        failure = failure or next(filter(None, denials), "")
    now = store.clock()
    execution = LifecycleExecution(
        identifier=f"lce-{new_identifier()}",
        arn=image.arn,
        status_wanted=wanted,
        amis=included.get("amis", False),
        snapshots=included.get("snapshots", False),
        spared=spared,
        started=now,
        failure=failure,
    )
    execution.plan = lifecycle_plan(image.outcome, bool(failure), now)
    store.executions[execution.identifier] = execution
    image.lifecycle_execution = execution.identifier
    return {"lifecycleExecutionId": execution.identifier, "resourceArn": image.arn}


def get_lifecycle_execution(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """GetLifecycleExecution: how far a lifecycle execution is."""
    identifier = parameters["lifecycleExecutionId"]
    execution = store.executions.get(identifier)
    if execution is None:
        raise does_not_exist(identifier)
    state = {"status": execution.status}
    if execution.status == "FAILED":
        state["reason"] = execution.failure
    described = {
        "lifecycleExecutionId": identifier,
        "resourcesImpactedSummary": {"hasImpactedResources": execution.amis},
        "state": state,
        "startTime": execution.started,
    }
    if execution.ended:
        described["endTime"] = execution.ended
    return {"lifecycleExecution": described}


def _refuse_second(store: Store, identifier: str) -> None:
    running = store.executions.get(identifier)
    if running and running.status not in ("SUCCESS", "FAILED"):
        raise ServiceError("ResourceInUseException", f"The lifecycle execution '{identifier}' is still running.")
