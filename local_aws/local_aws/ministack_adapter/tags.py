"""The tags of images and distribution configurations, for the Resource Groups Tagging API and for IAM conditions."""

from collections.abc import Iterator
from typing import Any

from ministack.services import tagging

from local_aws.ministack_adapter.builders import Builders
from local_aws.patching import existing

_SERVICE = "imagebuilder"


def install(builders: Builders) -> None:
    """Let both find what is tagged."""

    def collect() -> Iterator[tuple[str, list[dict[str, Any]]]]:
        store = builders.current().store
        with store.lock:
            tagged = {arn: dict(image.tags) for arn, image in store.images.items()}
            tagged |= {arn: dict(held["tags"]) for arn, held in store.configurations.items()}
        for arn, tags in tagged.items():
            if tags:
                yield arn, [{"Key": key, "Value": value} for key, value in tags.items()]

    existing(tagging, "_COLLECTORS")[_SERVICE] = collect
    existing(tagging, "_RESOURCE_TAG_COLLECTORS")[_SERVICE] = collect
