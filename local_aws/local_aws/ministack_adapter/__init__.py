"""The Image Builder stand-in at home in ministack's process: one file for each place where it touches ministack."""

from local_aws.ministack_adapter import configuration_resource, permissions, routing, tags
from local_aws.ministack_adapter.builders import Builders


def install(builders: Builders) -> None:
    """Make the stand-in a service of ministack, before the server starts."""
    routing.install(builders)
    permissions.install()
    tags.install(builders)
    configuration_resource.install(builders)
