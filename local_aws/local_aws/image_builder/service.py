"""EC2 Image Builder of one account in one Region, without an AWS: what a caller meets, wire format included."""

import copy
import time
from collections.abc import Callable
from contextlib import suppress

from botocore.model import OperationModel

from local_aws.image_builder import configuration_operations as configurations
from local_aws.image_builder import image_operations as images
from local_aws.image_builder import lifecycle_operations as lifecycle
from local_aws.image_builder import tag_operations as tagging
from local_aws.image_builder.backend import Backend, InMemory
from local_aws.image_builder.call_log import Call
from local_aws.image_builder.errors import AnswerLost, ServiceError
from local_aws.image_builder.faults import Fault, Script
from local_aws.image_builder.model import Parameters, service_model
from local_aws.image_builder.omission import optional_members, without
from local_aws.image_builder.requests import Answer, Query, encode, encode_error, parse
from local_aws.image_builder.store import Headers, Store
from local_aws.image_builder.transitions import advance
from local_aws.image_builder.validation import validate

OPERATIONS: dict[str, Callable[[Store, Parameters, Headers], Parameters]] = {
    "DistributeImage": images.distribute_image,
    "GetImage": images.get_image,
    "CancelImageCreation": images.cancel_image_creation,
    "DeleteImage": images.delete_image,
    "RetryImage": images.retry_image,
    "ListImages": images.list_images,
    "ListImageBuildVersions": images.list_image_build_versions,
    "StartResourceStateUpdate": lifecycle.start_resource_state_update,
    "GetLifecycleExecution": lifecycle.get_lifecycle_execution,
    "TagResource": tagging.tag_resource,
    "UntagResource": tagging.untag_resource,
    "ListTagsForResource": tagging.list_tags_for_resource,
    "CreateDistributionConfiguration": configurations.create_distribution_configuration,
    "GetDistributionConfiguration": configurations.get_distribution_configuration,
    "UpdateDistributionConfiguration": configurations.update_distribution_configuration,
    "DeleteDistributionConfiguration": configurations.delete_distribution_configuration,
    "ListDistributionConfigurations": configurations.list_distribution_configurations,
}

ROOT: Headers = {}


class ImageBuilder:
    """The stand-in. It never sleeps: what an image's status is follows from the clock.

    Attributes:
        store: What it holds, to look into.
        script: What goes otherwise than well; replace it or add to it at any time.
        calls: Every call so far, oldest first.
    """

    def __init__(
        self,
        *,
        region: str = "eu-west-1",
        account: str = "111122223333",
        clock: Callable[[], float] = time.time,
        backend: Backend | None = None,
        script: Script | Callable[[], Script] | None = None,
        on_state_change: Callable[[str, str, str], None] = lambda arn, previous, status: None,
        on_call: Callable[[Call], None] = lambda call: None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Begin with nothing in it.

        Args:
            region: The Region that it serves.
            account: The account that it serves.
            clock: Seconds since the epoch.
            backend: The AWS around it; one in memory by default.
            script: A script, or a function that gives the one in force.
            on_state_change: Called with the ARN, the previous and the new status of an image, once a change, with no
                lock held.
            on_call: Called with every call once its outcome is known.
            wait: How the delay of a slow answer passes; give the clock's own advance where nothing may sleep.
        """
        self.script = script if isinstance(script, Script) else Script()
        self.calls: list[Call] = []
        self._on_state_change = on_state_change
        self._on_call = on_call
        self._wait = wait
        self.store = Store(
            account=account,
            region=region,
            clock=clock,
            backend=backend or InMemory(),
            script=script if callable(script) else lambda: self.script,
        )

    def advance(self) -> None:
        """Carry out every change that is due by the clock, and tell of each once."""
        with self.store.lock:
            changes = advance(self.store)
        for change in changes:
            self._on_state_change(*change)

    def handle(self, method: str, path: str, query: Query, headers: Headers, body: bytes) -> Answer:
        """Answer one HTTP request, as (status, headers, body).

        Args:
            method: Such as `PUT`.
            path: Without host and query; labels percent-encoded or not.
            query: Decoded; the values of a repeated parameter in a sequence.
            headers: The caller's; IAM finds the caller by them.
            body: JSON, or empty.

        Raises:
            AnswerLost: A script says that no answer reaches the caller.
        """
        try:
            operation, parameters = parse(method, path, query, body)
            return encode(self._call(operation, parameters, headers))
        except ServiceError as error:
            return encode_error(error)

    def call(self, operation: str, headers: Headers = ROOT, **parameters: object) -> Parameters:
        """Carry out an operation by its name, past the wire format but not past validation, script or log.

        Raises:
            ServiceError: As the API would answer it.
        """
        return self._call(service_model().operation_model(operation), dict(parameters), headers)

    def _call(self, operation: OperationModel, parameters: Parameters, headers: Headers) -> Parameters:
        self.advance()
        arrived = self.store.clock()
        fault = self.store.script().next_fault(operation.name)
        outcome = "ok"
        try:
            if fault and fault.delay:
                self._wait(fault.delay)
            return self._incomplete(operation.name, self._faulty(fault, operation, parameters, headers))
        except ServiceError as error:
            outcome = error.code
            raise
        except AnswerLost:
            outcome = "lost"
            raise
        finally:
            call = Call(operation.name, self.store.region, parameters, outcome, arrived)
            self.calls.append(call)
            self._on_call(call)

    def _incomplete(self, operation: str, answer: Parameters) -> Parameters:
        omission = self.store.script().next_omission(operation)
        if omission is None:
            return answer
        return without(answer, omission.members or optional_members(operation, answer))

    def _faulty(
        self, fault: Fault | None, operation: OperationModel, parameters: Parameters, headers: Headers
    ) -> Parameters:
        if fault is None or not (fault.error or fault.lost):
            return self._carry_out(operation, parameters, headers)
        if fault.takes_effect or fault.lost:
            with suppress(ServiceError):
                self._carry_out(operation, parameters, headers)
        if fault.lost:
            raise AnswerLost(f"the answer to {operation.name} was lost by a script")
        raise ServiceError(fault.error, fault.message, fault.status)

    def _carry_out(self, operation: OperationModel, parameters: Parameters, headers: Headers) -> Parameters:
        if operation.name not in OPERATIONS:
            raise ServiceError("InvalidRequestException", f"{operation.name} is not part of the local Image Builder")
        validate(operation.input_shape, parameters)
        with self.store.lock:
            token = parameters.get("clientToken")
            if token is None:
                return copy.deepcopy(OPERATIONS[operation.name](self.store, parameters, headers))
            return self._once(operation.name, token, parameters, headers)

    def _once(self, operation: str, token: str, parameters: Parameters, headers: Headers) -> Parameters:
        known = self.store.answers.get((operation, token))
        if known is None:
            answer = OPERATIONS[operation](self.store, parameters, headers)
            known = self.store.answers[operation, token] = (copy.deepcopy(parameters), answer)
        if known[0] != parameters:
            raise ServiceError(
                "IdempotentParameterMismatchException",
                f"The client token '{token}' was already used with other parameters.",
            )
        return copy.deepcopy(known[1])
