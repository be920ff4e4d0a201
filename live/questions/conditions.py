"""IAM conditions on tags."""

from __future__ import annotations

from ..assumptions import Answer, Assumption, Topic

_AUTHORITY = "tests/handler/test_faults_authority.py::"
_REMOVAL = "tests/handler/test_faults_removal.py::"
_TESTS = "tests/handler/test_assumptions.py::"
_WHOLE_LIFE = f"{_AUTHORITY}test_policy_suffices_for_a_whole_life"


def _protected(id: str, operation: str) -> Assumption:
    return Assumption(
        id,
        f"Does a condition on `aws:ResourceTag` hold for `{operation}`?",
        (
            Answer(
                "enforced",
                "Yes. It allows an image with the tag and denies one without.",
                "The function's policy admits images of its own stack only.",
                (_WHOLE_LIFE, f"{_AUTHORITY}test_injected_event_does_not_reach_a_foreign_image"),
            ),
            Answer(
                "ignored",
                "No. Images without the tag are allowed too.",
                "Every operation of the construct works. The policy then does not protect images of other stacks.",
                (f"{_TESTS}test_whole_life_without_conditions_removes_only_its_own_images",),
            ),
        ),
    )


TOPIC = Topic(
    "conditions",
    "Conditions of policies",
    (
        _protected("condition-cancel", "CancelImageCreation"),
        _protected("condition-delete", "DeleteImage"),
        _protected("condition-state-update", "StartResourceStateUpdate"),
        Assumption(
            "condition-missing",
            "Which error does `DeleteImage` give for a missing image if the permission has a condition on its tags?",
            (
                Answer(
                    "denied",
                    "A denial.",
                    "The function reads the image by `GetImage` and takes it as gone.",
                    (f"{_REMOVAL}test_denial_for_an_image_that_vanished_is_no_failure",),
                ),
                Answer(
                    "not-found",
                    "The same as without a condition.",
                    "The image counts as gone.",
                    (f"{_REMOVAL}test_missing_image_is_recognised_by_code_or_by_its_arn",),
                ),
            ),
        ),
        Assumption(
            "condition-request-tag",
            "Does a condition on `aws:RequestTag` hold for `DistributeImage`?",
            (
                Answer(
                    "enforced",
                    "Yes.",
                    "Each start carries the tag of the stack.",
                    (_WHOLE_LIFE,),
                ),
                Answer(
                    "ignored",
                    "No. A start without the tag is allowed too.",
                    "The same.",
                    (f"{_TESTS}test_whole_life_without_conditions_removes_only_its_own_images",),
                ),
            ),
        ),
    ),
)
