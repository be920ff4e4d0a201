"""The operations on images."""

import re
from dataclasses import replace

from local_aws.image_builder.authorization import authorize_distribution, authorize_role
from local_aws.image_builder.errors import ServiceError
from local_aws.image_builder.model import Parameters
from local_aws.image_builder.outcome import Outcome
from local_aws.image_builder.role_steps import failing_step, log_failure
from local_aws.image_builder.sources import source_ami
from local_aws.image_builder.states import RETRYABLE, TERMINAL, Due, Target, cancellation_plan, distribution_plan
from local_aws.image_builder.store import Headers, Image, Store, iso, new_identifier, without_empty
from local_aws.image_builder.transitions import distribution_of, image_name, output_ami, targets


def distribute_image(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """DistributeImage: start one image that tracks the copying of an AMI."""
    authorize_distribution(store, parameters, headers)
    role = authorize_role(store, parameters["executionRole"], headers)
    configuration = store.configuration(parameters["distributionConfigurationArn"])
    source = source_ami(store, parameters["sourceImage"])
    outcome = _next_outcome(store, configuration, role, source, parameters.get("loggingConfiguration", {}))
    now = store.clock()
    name = re.sub("[^a-z0-9-]", "-", f"distribute-{source}-{new_identifier()[:8]}")
    image = Image(
        arn=store.arn(f"image/{name}/1.0.0/1"),
        request=parameters,
        role=role,
        source=source,
        configuration={**configuration},
        outcome=outcome,
        created=now,
        tags=dict(parameters.get("tags", {})),
    )
    image.plan = distribution_plan(outcome, targets(configuration, store.account), store.account, now)
    if outcome.lists_source == "first":
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
        "outputResources": {"amis": _listed(image)},
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
    store.remove(image)
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
    image.outcome = _next_outcome(
        store, image.configuration, image.role, image.source, image.request.get("loggingConfiguration", {})
    )
    done = {(copy["region"], copy["accountId"]) for copy in image.copies}
    missing = [
        target for target in targets(image.configuration, store.account) if (target.region, target.account) not in done
    ]
    starts = now + image.outcome.retry_lag
    image.plan = (Due(starts, "PENDING"), *distribution_plan(image.outcome, missing, store.account, starts))
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


def _listed(image: Image) -> list[Parameters]:
    if image.outcome.lists_at_end and image.status not in TERMINAL:
        return []
    return image.copies


def _next_outcome(store: Store, configuration: Parameters, role: str, source: str, logging: Parameters) -> Outcome:
    """The outcome that the script says, which fails where the roles of the distribution may not do a step."""
    outcome = store.script().next_outcome()
    scripted = {(failure.region, failure.account or store.account) for failure in outcome.failures}
    unlogged = log_failure(store, role, logging)
    denied = (
        (unlogged,)
        if unlogged
        else tuple(
            failure
            for target in targets(configuration, store.account)
            if (target.region, target.account) not in scripted
            and (failure := failing_step(store, role, target, distribution_of(configuration, target.region), source))
        )
    )
    return replace(outcome, failures=(*outcome.failures, *denied))


def _accepted(image: Image, parameters: Parameters) -> Parameters:
    return {
        "requestId": new_identifier(),
        "clientToken": parameters["clientToken"],
        "imageBuildVersionArn": image.arn,
    }
