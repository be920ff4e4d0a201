"""What IAM has to allow a caller of Image Builder, besides the operation itself."""

from collections.abc import Mapping

from local_aws.image_builder.backend import Context
from local_aws.image_builder.errors import ServiceError
from local_aws.image_builder.model import Parameters
from local_aws.image_builder.store import Headers, Store
from local_aws.parameter_arn import parameter_arn

SERVICE = "imagebuilder.amazonaws.com"
_PARAMETER_PREFIX = "ssm:"


def authorize(store: Store, action: str, resource: str, headers: Headers, context: Context | None = None) -> None:
    """Refuse a caller whom IAM does not allow an action.

    Raises:
        ServiceError: AccessDeniedException, in IAM's words.
    """
    denial = store.backend.denial(action, resource, context or {}, headers)
    if denial:
        raise ServiceError("AccessDeniedException", denial)


def authorize_role(store: Store, role: str, headers: Headers) -> str:
    """Refuse a caller who may not pass an execution role, and a role that Image Builder cannot assume.

    Returns:
        The ARN of the role, with its path.

    Raises:
        ServiceError: AccessDeniedException or InvalidRequestException.
    """
    arn = role if role.startswith("arn:") else store.backend.role_arn(role)
    arn = arn or f"arn:aws:iam::{store.account}:role/{role}"
    authorize(store, "iam:PassRole", arn, headers, {"iam:PassedToService": SERVICE})
    problem = store.backend.role_problem(role)
    if problem:
        raise ServiceError("InvalidRequestException", problem)
    return arn


def authorize_distribution(store: Store, parameters: Parameters, headers: Headers) -> None:
    """Refuse a caller who lacks a dependent action of DistributeImage.

    Source: Service Authorization Reference, EC2 Image Builder. Whether AWS checks each of them for every source is not
    documented: here GetImage belongs to an image, and GetParameter to a parameter as the source.

    Raises:
        ServiceError: AccessDeniedException.
    """
    source = parameters["sourceImage"]
    if "tags" in parameters:
        tags = request_tags(parameters["tags"])
        authorize(store, "imagebuilder:TagResource", store.arn("image/*"), headers, tags)
    authorize(store, "imagebuilder:GetDistributionConfiguration", parameters["distributionConfigurationArn"], headers)
    if source.startswith(_PARAMETER_PREFIX):
        name = source.removeprefix(_PARAMETER_PREFIX)
        arn = name if name.startswith("arn:") else parameter_arn(store.region, store.account, name)
        authorize(store, "ssm:GetParameter", arn, headers)
    elif source.startswith("arn:"):
        authorize(store, "imagebuilder:GetImage", source, headers)
    authorize(store, "ec2:DescribeImages", "*", headers)


def request_tags(tags: Mapping[str, str]) -> dict[str, str | list[str]]:
    """The condition keys for the tags that a request sets."""
    return {"aws:TagKeys": list(tags), **{f"aws:RequestTag/{key}": value for key, value in tags.items()}}
