"""The Image Builder stand-in at home in ministack's process: one file for each place where it touches ministack."""

from collections.abc import Callable

from local_aws.image_builder.faults import Script
from local_aws.ministack_adapter import conditions, configuration_resource, permissions, routing, tags
from local_aws.ministack_adapter.builders import Builders


def install(builders: Builders, script: Callable[[], Script]) -> None:
    """Make the stand-in a service of ministack, before the server starts."""
    routing.install(builders)
    permissions.install()
    conditions.install(script)
    tags.install(builders, script)
    configuration_resource.install(builders)
