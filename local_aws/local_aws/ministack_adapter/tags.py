"""The tags of images and distribution configurations, for the Resource Groups Tagging API and for IAM conditions."""

from collections.abc import Callable, Iterator
from typing import Any

from ministack.services import tagging

from local_aws.image_builder.faults import Script
from local_aws.image_builder.store import Store
from local_aws.ministack_adapter.builders import Builders
from local_aws.patching import existing

_SERVICE = "imagebuilder"

Tagged = dict[str, dict[str, str]]


def install(builders: Builders, script: Callable[[], Script]) -> None:
    """Let both find what is tagged; the tagging API may be late."""

    def collect(tagged_in: Callable[[Store], Tagged]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        store = builders.current().store
        with store.lock:
            tagged = tagged_in(store) | {arn: dict(held["tags"]) for arn, held in store.configurations.items()}
        for arn, tags in tagged.items():
            if tags:
                yield arn, [{"Key": key, "Value": value} for key, value in tags.items()]

    def listed(store: Store) -> Tagged:
        now, delays = store.clock(), script().undocumented
        kept = {arn: tags for arn, (at, tags) in store.removed.items() if now < at + delays.tagging_forgets_after}
        there = {
            arn: dict(image.tags)
            for arn, image in store.images.items()
            if now >= image.created + delays.tagging_lists_after
        }
        return kept | there

    existing(tagging, "_COLLECTORS")[_SERVICE] = lambda: collect(listed)
    existing(tagging, "_RESOURCE_TAG_COLLECTORS")[_SERVICE] = lambda: collect(
        lambda store: {arn: dict(image.tags) for arn, image in store.images.items()}
    )
