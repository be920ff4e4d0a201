"""What AWS does not document: one switch for each answer, part of a script."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Undocumented:
    """How AWS behaves where its documentation says nothing. All times are in seconds.

    Attributes:
        home_is_source: A distribution makes no copy in its own Region, and lists the source AMI there.
        tagging_lists_after: From DistributeImage until the tagging API lists the image.
        tagging_forgets_after: From DeleteImage until the tagging API no longer lists the image.
        ignored_conditions: Condition keys that IAM does not check for Image Builder, such as `aws:ResourceTag`.
        awaits_cancelled_creates: CloudFormation waits for the end of a create that it cancels. The Delete then names
            the physical id of the answer.
        rollback_sends_updates: A rollback sends an Update to a custom resource that the update replaced. Else it only
            deletes the new one.
        failed_creates_get_updates: After a create failed with rollback disabled, the next deployment sends an Update.
        resource_status_lag: How late DescribeStackResource shows the status of a resource.
        late_answers_accepted: A ResponseURL answers 200 after the ServiceTimeout, else 403.
    """

    home_is_source: bool = False
    tagging_lists_after: float = 0.0
    tagging_forgets_after: float = 0.0
    ignored_conditions: tuple[str, ...] = ()
    awaits_cancelled_creates: bool = False
    rollback_sends_updates: bool = True
    failed_creates_get_updates: bool = False
    resource_status_lag: float = 0.0
    late_answers_accepted: bool = True
