"""Patches where ministack differs from AWS and a user would notice: one file each, with its reason.

Every patch replaces private functions of one pinned version of ministack, and says so when one is no longer
there.
"""

from local_aws.patches import (
    conditions_have_functions,
    denials_name_the_resource,
    event_sources_in_permissions,
    image_builder_policies,
    images_can_be_copied,
    images_have_states,
    late_log_lines_create_no_group,
    launch_templates_resolve_parameters,
    only_the_given_port,
    parameter_names_in_permissions,
    regions_can_be_disabled,
    rule_names_in_permissions,
    rules_invoke_asynchronously,
    rules_need_permission,
    scaled_minute,
    session_policies_read_tags,
    stack_events_in_order,
    stack_sets_make_stacks,
)


def install(minute: float | None, disabled_regions: frozenset[str]) -> None:
    """Install every patch, before the server starts.

    Args:
        minute: How many seconds a minute of an EventBridge schedule takes; None for a real one.
        disabled_regions: Opt-in Regions that are not enabled.
    """
    only_the_given_port.install()
    conditions_have_functions.install()
    denials_name_the_resource.install()
    event_sources_in_permissions.install()
    regions_can_be_disabled.install(disabled_regions)
    parameter_names_in_permissions.install()
    rule_names_in_permissions.install()
    rules_need_permission.install()
    rules_invoke_asynchronously.install()
    image_builder_policies.install()
    images_can_be_copied.install()
    images_have_states.install()
    late_log_lines_create_no_group.install()
    launch_templates_resolve_parameters.install()
    session_policies_read_tags.install()
    stack_events_in_order.install()
    stack_sets_make_stacks.install()
    if minute is not None:
        scaled_minute.install(minute)
