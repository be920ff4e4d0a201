"""The life cycle of `Custom::ImageDistribution`, which owns an image: create, update, delete.

Its physical id is the image's ARN. A failed Create, which has none, answers with its client token.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import image as images
from . import notification, ownership_tags, polling_rule, removal, stack, unnamed_images
from .aws_errors import calling
from .image import Image, is_image_arn
from .operation import Denied, Done, Failure, Pending, Transient
from .removal import AmiDeletion, Removal
from .retry_policy import is_worth_waiting

if TYPE_CHECKING:
    from mypy_boto3_imagebuilder.type_defs import DistributeImageRequestTypeDef

    from .aws import Aws
    from .clock import Clock
    from .operation import Request
    from .operation_states import CreateState, DeleteState, UpdateState

logger = logging.getLogger(__name__)


# The longest timeout of a distribution, and an hour, in seconds.
_LONGEST_UPDATE = 13 * 3600


# Create


def create(request: Request[CreateState], aws: Aws, clock: Clock) -> Done | Pending[CreateState]:
    """Start the distribution, if CloudFormation still waits for it."""
    doubt = stack.doubt_about_start(request, aws, clock, request.state.get("start_doubt"))
    if doubt is not None:
        return Pending({"start_doubt": doubt})
    return _done(_start(request, aws, replaces=""))


def _start(request: Request[Any], aws: Aws, replaces: str) -> str:
    """Call DistributeImage and return the image's ARN. A repeated call gets the same ARN and starts nothing."""
    properties = request.properties
    parameters: DistributeImageRequestTypeDef = {
        "sourceImage": properties["SourceImage"],
        "distributionConfigurationArn": properties["DistributionConfigurationArn"],
        "executionRole": properties["ExecutionRole"],
        "clientToken": request.token,
        "tags": {**properties.get("Tags", {}), **ownership_tags.for_start(request, replaces)},
    }
    if "LogGroupName" in properties:
        parameters["loggingConfiguration"] = {"logGroupName": properties["LogGroupName"]}
    with calling("Starting the distribution"):
        image_arn = aws.image_builder.distribute_image(**parameters)["imageBuildVersionArn"]
    logger.info("Distributing %s: %s", properties["SourceImage"], image_arn)
    notification.put(aws, notification.of(notification.STARTED, request, image_arn))
    return image_arn


def _done(image_arn: str) -> Done:
    return Done(image_arn, {"ImageArn": image_arn})


# Update


def update(request: Request[UpdateState], aws: Aws, clock: Clock) -> Done | Pending[UpdateState]:
    """Decide once which image the stack gets, then remove what earlier requests left over."""
    state = request.state
    if "answer" not in state:
        decision = _decide(request, aws, clock)
        if isinstance(decision, Pending):
            return decision
        found = unnamed_images.left_over(request, aws, clock, kept={decision})
        state = {"answer": decision, "leftovers": found, "cancelled": []}
    cancelled = list(state["cancelled"])
    left = [arn for arn in state["leftovers"] if not _is_swept(arn, request, aws, cancelled)]
    if left and request.overdue:
        logger.error("Left over from an earlier request; delete them by hand: %s", ", ".join(left))
    elif left:
        return Pending({"answer": state["answer"], "leftovers": left, "cancelled": cancelled}, watch=left)
    return _done(state["answer"])


def _decide(request: Request[UpdateState], aws: Aws, clock: Clock) -> str | Pending[UpdateState]:
    """Return the physical id that the Update answers, or that it is not known yet."""
    current = request.physical_id
    image = images.get(aws, current) if is_image_arn(current) else None
    if image is not None:
        try:
            ownership_tags.hold(image, request.stack_id, aws)
        except Denied as error:
            if not stack.is_rolling_back(request, aws, clock, if_unknown=False):
                raise
            logger.error("The stack rolls back, so this does not fail it: %s", error)
    wanted = ownership_tags.fingerprint(request.properties)

    # 1. What is distributed where is the same, or a refused start is rolled back: the current image. Its own tag counts
    # first: after an update that failed without a rollback, the old properties may be those that were not distributed.
    distributed = image.tags.get(ownership_tags.FINGERPRINT) if image is not None else None
    if is_image_arn(current) and wanted == (distributed or ownership_tags.fingerprint(request.old_properties)):
        return _kept(current, image, request, aws, clock)

    # 2. The stack rolls an update back: the image that the current one replaced, else the current one.
    before = stack.predecessor(image, wanted, request, aws)
    rolls_back = stack.is_rolling_back(request, aws, clock, if_unknown=before.image is not None)
    if rolls_back and before.image is not None:
        return _kept(before.arn, before.image, request, aws, clock)
    state: UpdateState = {}
    # A read that lags may still show the rollback before this update. What a deleted image replaced or was is not
    # known. An old image is not the one that an update of now started.
    is_recent = image is None or image.created > clock.now() - _LONGEST_UPDATE
    if rolls_back or before.image is not None or image is None or (before.arn and is_recent):
        state["rollback_doubt"] = stack.doubt_since("rolling back", clock, request.state.get("rollback_doubt"))
        if stack.doubt_lasts(state["rollback_doubt"], clock):
            return Pending(state)
    if rolls_back:
        if image is None and is_image_arn(current):
            before = stack.named_predecessor(wanted, request, aws, clock, since=clock.now() - _LONGEST_UPDATE)
        return _kept(before.arn or current, before.image, request, aws, clock)

    # 3. Something new.
    doubt = stack.doubt_about_start(request, aws, clock, request.state.get("start_doubt"))
    if doubt is not None:
        state["start_doubt"] = doubt
        return Pending(state)
    return _start(request, aws, replaces=current if is_image_arn(current) else "")


def _kept(physical_id: str, image: Image | None, request: Request[Any], aws: Aws, clock: Clock) -> str:
    logger.info("Nothing is distributed: the stack's image is %s.", physical_id)
    if image is not None:
        try:
            ownership_tags.update_user_tags(image, request, aws)
        except Failure as error:
            may_pass = isinstance(error, Transient) and not request.overdue
            if may_pass or not stack.is_rolling_back(request, aws, clock, if_unknown=False):
                raise
            logger.error("The stack rolls back, so this does not fail it: %s", error)
    return physical_id


def _is_swept(arn: str, request: Request[Any], aws: Aws, cancelled: list[str]) -> bool:
    """Remove an image that is left over, as far as that is possible now. What fails never fails the request."""
    try:
        removed = removal.step(arn, request, aws)
        _tell_cancelled(removed, request, aws, cancelled)
        return removed.is_complete
    except (Transient, Denied) as error:
        logger.warning("%s is not removed yet: %s", arn, error)
        return False
    except Failure as error:
        logger.error("%s is left over from an earlier request; delete it by hand: %s", arn, error)
        return True


def _tell_cancelled(removed: Removal, request: Request[Any], aws: Aws, told: list[str]) -> None:
    image = removed.cancelled
    if image is not None and image.arn not in told:
        told.append(image.arn)
        notification.put(aws, notification.of(notification.CANCELLED, request, image.arn, image))


# Delete


def delete_seconds(properties: Mapping[str, Any]) -> float:
    """Return how long a Delete may take; the construct's ServiceTimeout leaves five minutes more."""
    return 1500.0 if properties.get("AutoDeleteAmis") == "true" else 900.0


def delete(request: Request[DeleteState], aws: Aws, clock: Clock) -> Done | Pending[DeleteState]:
    """Remove the image that CloudFormation names, and with it what CloudFormation never named."""
    state = request.state
    if "images" not in state:
        state = {"images": _images_to_remove(request, aws, clock), "execution": "", "cancelled": []}
    left, execution, cancelled = [], state["execution"], list(state["cancelled"])
    for arn in state["images"]:
        if is_image_arn(request.physical_id) and arn != request.physical_id:
            is_removed = _is_swept(arn, request, aws, cancelled)
        else:
            removed = removal.step(arn, request, aws, _ami_deletion(request, execution))
            _tell_cancelled(removed, request, aws, cancelled)
            is_removed, execution = removed.is_complete, removed.execution or execution
        if not is_removed:
            left.append(arn)
    if not left:
        return Done(request.physical_id, {})
    if request.overdue:
        raise Failure(f"Still being removed after {delete_seconds(request.properties) / 60:.0f} minutes: {left}.")
    return Pending({"images": left, "execution": execution, "cancelled": cancelled}, watch=left)


def _images_to_remove(request: Request[Any], aws: Aws, clock: Clock) -> list[str]:
    physical_id = request.physical_id
    if not is_image_arn(physical_id):
        # Before the search, so that the Create that it undoes is not polled meanwhile.
        _stop_polling(request, aws, clock, [])
        return unnamed_images.search(request, aws, clock)
    image = images.get(aws, physical_id)
    if image is not None:
        try:
            ownership_tags.hold(image, request.stack_id, aws)
        except Denied as error:
            # The image is deleted now; only an Update depends on the tag.
            logger.warning("%s", error)
    found = [physical_id, *unnamed_images.left_over(request, aws, clock, kept={physical_id})]
    _stop_polling(request, aws, clock, found)
    return found


def _stop_polling(request: Request[Any], aws: Aws, clock: Clock, arns: list[str]) -> None:
    """Delete the polling rules of other requests about the resource and of waits for its images.

    A stack that is deleted during its create sends no Delete for the wait.
    """
    resource = polling_rule.for_resource(request.logical_id)
    own = polling_rule.name(request, resource) if request.has_rule else ""
    try:
        for subject in (resource, *(polling_rule.for_wait(arn) for arn in arns)):
            polling_rule.remove_all(aws, request.stack_id, subject, but=own)
    except Failure as error:
        if is_worth_waiting(error, request, clock):
            raise
        logger.warning("Polling rules of %s may be left: %s", request.logical_id, error)


def _ami_deletion(request: Request[Any], execution: str) -> AmiDeletion | None:
    """Return how to delete the AMIs, None to keep them: those of an image that CloudFormation did not name are kept."""
    properties = request.properties
    if properties.get("AutoDeleteAmis") != "true" or not is_image_arn(request.physical_id):
        return None
    return AmiDeletion(properties["LifecycleRole"], properties["SourceImage"], execution)
