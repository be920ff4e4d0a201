"""CloudFormation's requests to custom resources."""

from __future__ import annotations

from ..assumptions import Answer, Assumption, Topic

_TESTS = "tests/handler/test_assumptions.py::"
_START = "tests/handler/test_faults_start.py::"
_ROLLBACK = "tests/handler/test_faults_rollback.py::"
_UNNAMED = "tests/handler/test_unnamed_images.py::"
_GIVEN_UP = f"{_START}test_create_that_was_given_up_starts_nothing"
_INVENTED = f"{_UNNAMED}test_image_of_a_create_cut_off_is_removed_by_its_delete"
_TIMING = (
    Answer(
        "during",
        "Before the create answers.",
        "The Delete finds the image by its tags. A start after it asks CloudFormation first and does not happen.",
        (_INVENTED, _GIVEN_UP),
    ),
    Answer(
        "after",
        "After the create answers.",
        "The Delete names the image, or finds it by its tags.",
        ("tests/handler/test_delete.py::test_delete_of_a_running_image_cancels_it_first", _INVENTED),
    ),
    Answer(
        "none",
        "There is no Delete.",
        "A start after that does not happen. An image that was started before stays until the next Update or Delete.",
        (_GIVEN_UP, f"{_UNNAMED}test_image_of_an_update_without_answer_is_removed_by_the_next_update"),
    ),
)


def _id(id: str, question: str) -> Assumption:
    return Assumption(
        id,
        question,
        (
            Answer(
                "invented",
                "An id that CloudFormation invents.",
                "The Delete finds the image by its tags.",
                (_INVENTED,),
            ),
            Answer(
                "answered",
                "The id that the create answered.",
                "The Delete removes this image, or the image with this client token.",
                (
                    "tests/handler/test_delete.py::test_delete_of_a_running_image_cancels_it_first",
                    f"{_ROLLBACK}test_late_delete_of_a_failed_create_removes_its_own_image",
                ),
            ),
            Answer("none", "There is no Delete.", _TIMING[2].construct, _TIMING[2].tests),
        ),
    )


TOPIC = Topic(
    "cloudformation",
    "CloudFormation",
    (
        _id("cancelled-create-id", "A sibling fails while a create runs. Which physical id does the Delete name?"),
        Assumption("cancelled-create-time", "A sibling fails while a create runs. When is the Delete sent?", _TIMING),
        _id("deleted-during-create-id", "A stack is deleted during a create. Which physical id does the Delete name?"),
        Assumption(
            "deleted-during-create-time", "A stack is deleted during a create. When is the Delete sent?", _TIMING
        ),
        Assumption(
            "failed-create-id",
            "A create answers FAILED. Which physical id does its Delete name?",
            (
                Answer(
                    "answered",
                    "The id of the answer.",
                    "The Delete looks for the image with this client token.",
                    (f"{_ROLLBACK}test_late_delete_of_a_failed_create_removes_its_own_image",),
                ),
                Answer(
                    "invented",
                    "An id that CloudFormation invents.",
                    "The Delete finds the image by its tags.",
                    (_INVENTED,),
                ),
            ),
        ),
        Assumption(
            "rollback-update",
            "An update replaced a resource and another one fails. What does the replaced resource get?",
            (
                Answer(
                    "update",
                    "An Update with the properties swapped, which names the new id.",
                    "The function answers the image that the new one replaced. Nothing starts.",
                    ("tests/handler/test_rollback.py::test_rollback_answers_the_replaced_image_and_starts_nothing",),
                ),
                Answer(
                    "delete",
                    "Only a Delete of the new id.",
                    "The function deletes the new image. The old one stays.",
                    (f"{_TESTS}test_delete_of_the_new_image_in_a_rollback_keeps_the_old_one",),
                ),
            ),
        ),
        Assumption(
            "rollback-clean-up",
            "Which ids does the cleanup after a rollback delete?",
            (
                Answer(
                    "new",
                    "The new id, if the rollback answered the old one.",
                    "The function deletes the new image.",
                    ("tests/handler/test_rollback.py::test_rollback_answers_the_replaced_image_and_starts_nothing",),
                ),
                Answer(
                    "none",
                    "None.",
                    "The next Update or Delete removes the new image if no request named it. Else it stays.",
                    (f"{_UNNAMED}test_image_of_an_update_without_answer_is_removed_by_the_next_update",),
                ),
            ),
        ),
        Assumption(
            "rollback-disabled",
            "Rollback is disabled and a create fails. What does the next deployment send?",
            (
                Answer(
                    "create",
                    "A Create, and a Delete of the failed create's id before or after it.",
                    "The Delete removes only the image of the failed create.",
                    (
                        f"{_ROLLBACK}test_live_image_survives_the_late_delete_of_a_failed_create",
                        f"{_ROLLBACK}test_late_delete_of_a_failed_create_removes_its_own_image",
                    ),
                ),
                Answer(
                    "update",
                    "An Update that names the failed create's id.",
                    "The function starts the distribution.",
                    (f"{_ROLLBACK}test_update_of_a_failed_create_starts_the_distribution",),
                ),
            ),
        ),
        Assumption(
            "status-shown",
            "Which status do `DescribeStacks` and `DescribeStackResource` show when a request arrives?",
            (
                Answer(
                    "current",
                    "The status of the operation that sent the request.",
                    "The function starts a distribution, or recognizes the rollback, at once.",
                    (
                        "tests/handler/test_create.py::test_create_answers_at_once_without_a_rule",
                        "tests/handler/test_rollback.py::test_rollback_answers_the_replaced_image_and_starts_nothing",
                    ),
                ),
                Answer(
                    "late",
                    "For some seconds the status before.",
                    "The function asks again for a minute before it refuses a start, and for 30 seconds in a rollback.",
                    (
                        f"{_START}test_lagging_read_does_not_fail_a_good_create",
                        f"{_ROLLBACK}test_rollback_is_recognised_though_the_read_lags",
                    ),
                ),
            ),
        ),
        Assumption(
            "late-answer",
            "What does the ResponseURL answer after the `ServiceTimeout`?",
            (
                Answer(
                    "accepted",
                    "HTTP 200. The answer has no effect.",
                    "The function ends and deletes its polling rule.",
                    (f"{_START}test_late_delivery_of_a_wait_does_not_fail_it",),
                ),
                Answer(
                    "refused",
                    "An HTTP error.",
                    "The function repeats the answer until three minutes after its deadline.",
                    (
                        "tests/handler/test_faults_answer.py::test_answer_that_is_never_accepted_ends_with_the_rule_deleted",
                    ),
                ),
            ),
        ),
    ),
)
