"""Errors for missing images, and client tokens."""

from __future__ import annotations

from ..assumptions import Answer, Assumption, Topic

_TESTS = "tests/handler/test_assumptions.py::"
_REMOVAL = "tests/handler/test_faults_removal.py::"
_OPERATIONS = "tests/handler/test_operations.py::"
_RECOGNISED = f"{_REMOVAL}test_missing_image_is_recognised_by_code_or_by_its_arn"


def _missing(id: str, operation: str) -> Assumption:
    return Assumption(
        id,
        f"Which error does `{operation}` give for an image that does not exist?",
        (
            Answer(
                "not-found",
                "`ResourceNotFoundException`.",
                "The image counts as gone.",
                (f"{_TESTS}test_delete_of_an_image_that_vanishes_before_a_call_succeeds", _RECOGNISED),
            ),
            Answer(
                "message",
                "Another 4xx error. Its message names the ARN and says that it does not exist.",
                "The image counts as gone.",
                (f"{_TESTS}test_delete_of_an_image_that_vanishes_before_a_call_succeeds", _RECOGNISED),
            ),
            Answer(
                "denied",
                "A denial.",
                "The function reads the image by `GetImage`, which is allowed without a condition.",
                (f"{_REMOVAL}test_denial_for_an_image_that_vanished_is_no_failure",),
            ),
        ),
    )


TOPIC = Topic(
    "errors",
    "Errors and client tokens",
    (
        Assumption(
            "missing-get",
            "Which error does `GetImage` give for an image that does not exist?",
            (
                Answer("not-found", "`ResourceNotFoundException`.", "The image counts as gone.", (_RECOGNISED,)),
                Answer(
                    "message",
                    "Another 4xx error. Its message names the ARN and says that it does not exist.",
                    "The image counts as gone.",
                    (_RECOGNISED,),
                ),
            ),
        ),
        _missing("missing-delete", "DeleteImage"),
        _missing("missing-cancel", "CancelImageCreation"),
        Assumption(
            "deleted-get",
            "What does `GetImage` give for an image that was deleted?",
            (
                Answer(
                    "gone",
                    "The same error as for an image that never existed.",
                    "The image counts as gone.",
                    (_RECOGNISED,),
                ),
                Answer(
                    "deleted",
                    "The image with the status `DELETED`.",
                    "A Delete deletes the record again and succeeds. A wait fails.",
                    (
                        "tests/handler/test_delete.py::test_delete_of_an_image_in_each_final_status_succeeds_at_once",
                        "tests/handler/test_wait.py::test_wait_for_a_deleted_image_fails_at_once",
                    ),
                ),
            ),
        ),
        Assumption(
            "token-repeated",
            "What does `DistributeImage` answer to the same token and the same parameters?",
            (
                Answer(
                    "same",
                    "The first ARN. Nothing starts.",
                    "A repeated request answers the same image.",
                    ("tests/handler/test_create.py::test_create_delivered_twice_starts_one_distribution",),
                ),
                Answer(
                    "refused",
                    "An error.",
                    "If the first answer was lost, the Create fails. Its Delete finds the image by its tags.",
                    ("tests/handler/test_faults_start.py::test_image_of_a_lost_answer_is_removed_by_the_delete",),
                ),
                Answer(
                    "new",
                    "Another ARN.",
                    "The second image is removed by the next Update or Delete. Its AMIs stay, and the log names them.",
                    (f"{_TESTS}test_second_image_of_a_token_that_is_not_remembered_is_removed",),
                ),
            ),
        ),
        Assumption(
            "token-other-parameters",
            "What does `DistributeImage` answer to the same token and other parameters?",
            (
                Answer(
                    "refused",
                    "`IdempotentParameterMismatchException`.",
                    "Two requests never have the same token.",
                    (f"{_OPERATIONS}test_token_of_another_request_differs",),
                ),
                Answer("same", "The first ARN.", "The same.", (f"{_OPERATIONS}test_token_of_another_request_differs",)),
            ),
        ),
        Assumption(
            "token-after-deletion",
            "What does `DistributeImage` answer to a token whose image was deleted?",
            (
                Answer(
                    "same",
                    "The ARN of the deleted image.",
                    "A request is not repeated after its image was deleted, unless its own delivery was repeated.",
                    (f"{_TESTS}test_create_delivered_after_its_delete_leaves_no_image",),
                ),
                Answer(
                    "new",
                    "Another ARN.",
                    "The same. A Create that is delivered late asks CloudFormation first and starts nothing.",
                    (f"{_TESTS}test_create_delivered_after_its_delete_leaves_no_image",),
                ),
                Answer(
                    "refused",
                    "An error.",
                    "The same.",
                    (f"{_TESTS}test_create_delivered_after_its_delete_leaves_no_image",),
                ),
            ),
        ),
    ),
)
