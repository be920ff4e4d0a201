"""The operations on images."""

import re
from dataclasses import replace

from local_aws.image_builder.advancing import change_status, image_name, output_ami, targets
from local_aws.image_builder.errors import ServiceError
from local_aws.image_builder.faults import Outcome, RegionFailure
from local_aws.image_builder.model import Parameters
from local_aws.image_builder.sources import source_ami
from local_aws.image_builder.states import RETRYABLE, TERMINAL, Target, cancellation_plan, distribution_plan
from local_aws.image_builder.store import Headers, Image, Store, iso, new_identifier, without_empty

SERVICE = "imagebuilder.amazonaws.com"


def authorize(store: Store, action: str, resource: str, headers: Headers, passed_to: str = "") -> None:
    """Refuse a caller whom IAM does not allow an action.

    Raises:
        ServiceError: AccessDeniedException, in IAM's words.
    """
    denial = store.surroundings.denial(action, resource, passed_to, headers)
    if denial:
        raise ServiceError("AccessDeniedException", denial)


def authorize_role(store: Store, role: str, headers: Headers) -> None:
    """Refuse a caller who may not pass an execution role, and a role that Image Builder cannot assume.

    Raises:
        ServiceError: AccessDeniedException or InvalidRequestException.
    """
    arn = role if role.startswith("arn:") else f"arn:aws:iam::{store.account}:role/{role}"
    authorize(store, "iam:PassRole", arn, headers, passed_to=SERVICE)
    problem = store.surroundings.role_problem(role)
    if problem:
        raise ServiceError("InvalidRequestException", problem)


def distribute_image(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """DistributeImage: start one image that tracks the copying of an AMI."""
    if "tags" in parameters:
        authorize(store, "imagebuilder:TagResource", store.arn("image/*"), headers)
    authorize_role(store, parameters["executionRole"], headers)
    configuration = store.configuration(parameters["distributionConfigurationArn"])
    source = source_ami(store, parameters["sourceImage"])
    outcome = _next_outcome(store, configuration, parameters["executionRole"])
    now = store.clock()
    name = re.sub("[^a-z0-9-]", "-", f"distribute-{source}-{new_identifier()[:8]}")
    image = Image(
        arn=store.arn(f"image/{name}/1.0.0/1"),
        request=parameters,
        source=source,
        configuration={**configuration},
        outcome=outcome,
        created=now,
        tags=dict(parameters.get("tags", {})),
    )
    image.plan = distribution_plan(outcome, targets(configuration, store.account), store.account, now)
    if outcome.lists_source:
        image.copies.append(output_ami(Target(store.region, store.account), source, "source"))
    store.images[image.arn] = image
    return {"clientToken": parameters["clientToken"], "imageBuildVersionArn": image.arn}


def get_image(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """GetImage: an image with its state and its AMIs."""
    image = store.image(parameters["imageBuildVersionArn"])
    state = without_empty({"status": image.status, "reason": image.reason, "failureContext": image.failure})
    described = {
        "arn": image.arn,
        "type": "AMI",
        "name": image_name(image),
        "version": "1.0.0/1",
        "platform": "Linux",
        "state": state,
        "distributionConfiguration": without_empty(image.configuration),
        "dateCreated": iso(image.created),
        "outputResources": {"amis": image.copies},
        "tags": image.tags,
        "buildType": "USER_INITIATED",
        "imageSource": "CUSTOM",
        "lifecycleExecutionId": image.lifecycle_execution,
        "executionRole": image.request["executionRole"],
        "loggingConfiguration": image.request.get("loggingConfiguration")
        or {"logGroupName": f"/aws/imagebuilder/{image_name(image)}"},
    }
    return {"requestId": new_identifier(), "image": without_empty(described)}


def cancel_image_creation(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """CancelImageCreation: accepted in every status that is not terminal; CANCELLED comes later."""
    image = store.image(parameters["imageBuildVersionArn"])
    if image.status in TERMINAL:
        raise ServiceError(
            "InvalidRequestException",
            f"The image '{image.arn}' cannot be cancelled, its status is {image.status}.",
        )
    if not image.outcome.cancel_loses:
        image.plan = cancellation_plan(image.outcome, store.clock())
    return _accepted(image, parameters)


def delete_image(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """DeleteImage: the record goes, the AMIs stay; refused while running and while shared."""
    image = store.image(parameters["imageBuildVersionArn"])
    if image.status not in TERMINAL or image.outcome.shared:
        raise ServiceError(
            "ResourceDependencyException",
            f"Resource dependency error: The resource ARN '{image.arn}' has other resources depended on it.",
        )
    del store.images[image.arn]
    return {"requestId": new_identifier(), "imageBuildVersionArn": image.arn}


def retry_image(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """RetryImage: a FAILED or CANCELLED image runs again in place, under the same ARN."""
    image = store.image(parameters["imageBuildVersionArn"])
    if image.status not in RETRYABLE:
        raise ServiceError(
            "InvalidRequestException",
            f"The image '{image.arn}' cannot be retried, its status is {image.status}.",
        )
    now = store.clock()
    image.outcome = _next_outcome(store, image.configuration, image.request["executionRole"])
    done = {(copy["region"], copy["accountId"]) for copy in image.copies}
    missing = [
        target for target in targets(image.configuration, store.account) if (target.region, target.account) not in done
    ]
    image.plan = distribution_plan(image.outcome, missing, store.account, now)
    image.reason, image.failure = "", {}
    change_status(store, image, "PENDING", now)
    return {"clientToken": parameters["clientToken"], "imageBuildVersionArn": image.arn}


def list_images(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """ListImages: every version, on one page."""
    versions = [
        {
            "arn": image.arn.rpartition("/")[0],
            "name": image_name(image),
            "type": "AMI",
            "version": "1.0.0",
            "platform": "Linux",
            "owner": store.account,
            "dateCreated": iso(image.created),
        }
        for image in store.images.values()
    ]
    return {"requestId": new_identifier(), "imageVersionList": versions}


def list_image_build_versions(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """ListImageBuildVersions: every build, or those of one version, on one page."""
    wanted = parameters.get("imageVersionArn", "")
    summaries = []
    for image in store.images.values():
        if not wanted or image.arn.rpartition("/")[0] == wanted:
            described = get_image(store, {"imageBuildVersionArn": image.arn}, headers)["image"]
            summary = {"owner": store.account, "arn": image.arn}
            for name in (
                "name",
                "type",
                "version",
                "platform",
                "state",
                "dateCreated",
                "outputResources",
                "tags",
            ):
                if name in described:
                    summary[name] = described[name]
            summaries.append(summary)
    return {"requestId": new_identifier(), "imageSummaryList": summaries}


def _next_outcome(store: Store, configuration: Parameters, role: str) -> Outcome:
    """The outcome that the script says, which fails in the accounts that the execution role does not reach."""
    outcome = store.script().next_outcome()
    elsewhere = [target for target in targets(configuration, store.account) if target.account != store.account]
    accounts = {target.account for target in elsewhere}
    problems = {account: store.surroundings.target_role_problem(role, account) for account in accounts}
    scripted = {(failure.region, failure.account) for failure in outcome.failures}
    unreached = tuple(
        RegionFailure(target.region, problem, account=target.account)
        for target in elsewhere
        if (problem := problems[target.account]) and (target.region, target.account) not in scripted
    )
    return replace(outcome, failures=(*outcome.failures, *unreached))


def _accepted(image: Image, parameters: Parameters) -> Parameters:
    return {
        "requestId": new_identifier(),
        "clientToken": parameters["clientToken"],
        "imageBuildVersionArn": image.arn,
    }
