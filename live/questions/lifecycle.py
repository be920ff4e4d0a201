"""Cancellation, retries, and the deletion of AMIs."""

from __future__ import annotations

from ..assumptions import Answer, Assumption, Topic

_DELETE = "tests/handler/test_delete.py::"
_AMIS = "tests/handler/test_delete_amis.py::"
_RETRY = "tests/handler/test_retry_image.py::"
_AMI_TESTS = "tests/handler/test_assumptions_amis.py::"
_DELETED_WITH = f"{_AMIS}test_amis_are_deleted_with_the_image"

TOPIC = Topic(
    "lifecycle",
    "Life cycle of images",
    (
        Assumption(
            "cancel-status",
            "Which status does an image get that is cancelled during its distribution?",
            (
                Answer(
                    "cancelled",
                    "`CANCELLED`.",
                    "A Delete cancels the image and then deletes it.",
                    (f"{_DELETE}test_delete_of_a_running_image_cancels_it_first",),
                ),
                Answer(
                    "other",
                    "`FAILED` or `AVAILABLE`.",
                    "A Delete deletes the image whatever its final status is.",
                    (
                        f"{_DELETE}test_delete_whose_cancellation_comes_too_late_succeeds",
                        f"{_DELETE}test_delete_of_an_image_in_each_final_status_succeeds_at_once",
                    ),
                ),
                Answer(
                    "refused",
                    "None. The cancellation is refused.",
                    "The Delete waits for the end of the distribution and then deletes the image.",
                    (f"{_DELETE}test_delete_whose_cancellation_is_refused_succeeds",),
                ),
            ),
        ),
        Assumption(
            "cancel-amis",
            "Which AMIs of a cancelled distribution stay?",
            (
                Answer(
                    "kept",
                    "All, also those that were not complete.",
                    "`auto_delete_amis` deletes those that `GetImage` lists.",
                    (f"{_AMIS}test_amis_of_an_unfinished_distribution_are_deleted",),
                ),
                Answer(
                    "complete",
                    "Those that were complete.",
                    "`auto_delete_amis` deletes them.",
                    (f"{_AMIS}test_amis_of_an_unfinished_distribution_are_deleted",),
                ),
                Answer(
                    "removed",
                    "None.",
                    "A Delete with `auto_delete_amis` succeeds.",
                    (f"{_AMI_TESTS}test_delete_succeeds_if_a_cancellation_removes_the_amis",),
                ),
            ),
        ),
        Assumption(
            "retry-image",
            "Does `RetryImage` run a distribution again that failed?",
            (
                Answer(
                    "runs",
                    "Yes, under the same ARN.",
                    "`retries` runs it again.",
                    (f"{_RETRY}test_failure_that_may_pass_is_retried",),
                ),
                Answer(
                    "refused",
                    "No.",
                    "The deployment fails with the reason of the distribution.",
                    (f"{_RETRY}test_refused_retry_fails_with_the_first_reason",),
                ),
            ),
        ),
        Assumption(
            "retry-cancelled",
            "Does `RetryImage` run a distribution again that was cancelled?",
            (
                Answer(
                    "runs",
                    "Yes, under the same ARN.",
                    "The function retries no cancelled image. A Delete cancels one that you retry.",
                    (
                        f"{_RETRY}test_cancelled_image_is_not_retried",
                        f"{_DELETE}test_delete_of_a_running_image_cancels_it_first",
                    ),
                ),
                Answer(
                    "refused",
                    "No.",
                    "The function retries no cancelled image.",
                    (f"{_RETRY}test_cancelled_image_is_not_retried",),
                ),
            ),
        ),
        Assumption(
            "lifecycle-amis",
            "Does `StartResourceStateUpdate` delete the copies and their snapshots in this account?",
            (
                Answer("deleted", "Yes.", "`auto_delete_amis` deletes them.", (_DELETED_WITH,)),
                Answer(
                    "failed",
                    "No. The lifecycle execution fails.",
                    "The Delete fails with the reason. It can be repeated.",
                    (f"{_AMIS}test_amis_whose_deletion_fails_can_be_deleted_again",),
                ),
            ),
        ),
        Assumption(
            "lifecycle-record",
            "What becomes of the image when its AMIs are deleted so?",
            (
                Answer(
                    "kept",
                    "It stays with the status `DELETED`.",
                    "The Delete deletes the record too.",
                    (_DELETED_WITH,),
                ),
                Answer("removed", "It is removed.", "The Delete takes the image as gone.", (_DELETED_WITH,)),
            ),
        ),
        Assumption(
            "lifecycle-other-account",
            "Does `StartResourceStateUpdate` delete the copies in another account?",
            (
                Answer("deleted", "Yes.", "`auto_delete_amis` deletes them.", (_DELETED_WITH,)),
                Answer(
                    "kept",
                    "No. They stay, and the lifecycle execution succeeds.",
                    "The Delete succeeds. The AMIs of other accounts stay.",
                    (f"{_AMI_TESTS}test_delete_succeeds_if_amis_of_other_accounts_stay",),
                ),
                Answer(
                    "failed",
                    "No. The lifecycle execution fails.",
                    "The Delete fails with the reason. It can be repeated.",
                    (f"{_AMIS}test_amis_whose_deletion_fails_can_be_deleted_again",),
                ),
            ),
        ),
    ),
)
