"""Permissions of the function and of the execution role."""

from __future__ import annotations

from ..assumptions import Answer, Assumption, Topic

_CREATE = "tests/handler/test_create.py::"
_START = "tests/handler/test_faults_start.py::"
_AUTHORITY = "tests/handler/test_faults_authority.py::"
_WAIT = "tests/handler/test_wait.py::"

_REFUSED = Answer(
    "denied",
    "No. Another action is checked.",
    "The deployment fails after two minutes. The reason names the denied action. No image is left.",
    (f"{_START}test_denial_that_lasts_fails_with_its_action",),
)


def _suffices(id: str, source: str) -> Assumption:
    return Assumption(
        id,
        f"Does the function's policy suffice to distribute {source}?",
        (
            Answer(
                "suffices",
                "Yes.",
                "The distribution starts.",
                (
                    f"{_CREATE}test_create_passes_each_kind_of_source",
                    f"{_AUTHORITY}test_policy_suffices_for_a_whole_life",
                ),
            ),
            _REFUSED,
        ),
    )


TOPIC = Topic(
    "permissions",
    "Permissions",
    (
        _suffices("policy-for-ami", "an AMI id"),
        _suffices("policy-for-parameter", "the AMI of an `ssm:` parameter"),
        _suffices("policy-for-image", "the AMI of an image ARN"),
        Assumption(
            "dependent-actions",
            "Which actions does IAM check for the caller of `DistributeImage`?",
            (
                Answer(
                    "documented",
                    "No others than those of the Service Authorization Reference.",
                    "The function's policy has each of them.",
                    (f"{_AUTHORITY}test_policy_suffices_for_a_whole_life",),
                ),
                Answer("more", "Others too.", _REFUSED.construct, _REFUSED.tests),
            ),
        ),
        Assumption(
            "execution-role",
            "Do the permissions of the execution role that the construct creates suffice?",
            (
                Answer(
                    "suffices",
                    "Yes.",
                    "The image becomes AVAILABLE, and the deployment succeeds.",
                    (f"{_WAIT}test_wait_answers_the_amis_that_are_asked_for",),
                ),
                Answer(
                    "denied",
                    "No. An action is denied.",
                    "The deployment fails. The reason names the Region, the account and the denied action.",
                    (
                        f"{_WAIT}test_wait_for_a_failed_region_names_it_with_the_reason",
                        "tests/handler/test_faults_answer.py::test_reason_of_a_failed_region_names_the_denied_action",
                    ),
                ),
            ),
        ),
    ),
)
