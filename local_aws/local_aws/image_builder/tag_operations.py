"""The operations on the tags of images and distribution configurations."""

from local_aws.image_builder.errors import ServiceError
from local_aws.image_builder.model import Parameters
from local_aws.image_builder.store import Headers, Store

_MOST = 50


def tag_resource(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """TagResource: add tags, and overwrite those of the same key."""
    tags = store.tags(parameters["resourceArn"])
    if len({*tags, *parameters["tags"]}) > _MOST:
        raise ServiceError("InvalidParameterException", f"A resource cannot have more than {_MOST} tags.")
    tags.update(parameters["tags"])
    return {}


def untag_resource(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """UntagResource: remove tags by their keys; those that are not there are ignored."""
    tags = store.tags(parameters["resourceArn"])
    for key in parameters["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """ListTagsForResource: all of them."""
    return {"tags": dict(store.tags(parameters["resourceArn"]))}
