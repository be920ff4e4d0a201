"""The Region of the source AMI."""

from __future__ import annotations

from ..assumptions import Answer, Assumption, Topic

_AMI_TESTS = "tests/handler/test_assumptions_amis.py::"
_REMOVAL = "tests/handler/test_faults_removal.py::"
_SOURCE_KEPT = (f"{_REMOVAL}test_source_ami_is_kept", f"{_REMOVAL}test_source_ami_named_by_a_parameter_is_kept")
_ANY = (f"{_AMI_TESTS}test_wait_answers_the_home_ami_whether_it_is_a_copy_or_the_source",)
_NOT_READ = "The construct does not read it."


def _applied(id: str, what: str, *, refused: bool = False) -> Assumption:
    answers = (
        Answer("applied", "Yes.", _NOT_READ, _ANY),
        Answer("not-applied", "No. The AMI stays as it was.", _NOT_READ, _ANY),
    )
    failing = Answer(
        "refused",
        "No. The distribution fails.",
        "The deployment fails. The reason names the Region and the denied action.",
        ("tests/handler/test_wait.py::test_wait_for_a_failed_region_names_it_with_the_reason",),
    )
    return Assumption(
        id,
        f"Does the AMI of the home Region get {what} of the configuration?",
        (*answers, failing) if refused else answers,
    )


TOPIC = Topic(
    "home_region",
    "Home Region",
    (
        Assumption(
            "home-copy",
            "Which AMI does `GetImage` list for the home Region?",
            (
                Answer(
                    "copy",
                    "A copy of the source AMI.",
                    "`ami_id()` returns the copy. `auto_delete_amis` deletes the copy and keeps the source.",
                    (*_ANY, *_SOURCE_KEPT),
                ),
                Answer(
                    "source",
                    "The source AMI.",
                    "`ami_id()` returns the source. `auto_delete_amis` keeps it.",
                    (*_ANY, *_SOURCE_KEPT),
                ),
                Answer(
                    "none",
                    "None.",
                    "`ami_id()` of the home Region fails the deployment. The message lists the AMIs that exist.",
                    ("tests/handler/test_wait.py::test_wait_for_an_ami_that_was_not_made_fails_and_lists_what_was",),
                ),
            ),
        ),
        _applied("home-name", "the name"),
        _applied("home-tags", "the tags"),
        _applied("home-launch-permissions", "the launch permissions", refused=True),
        Assumption(
            "home-created-by",
            "Does the AMI of the home Region get the tag `CreatedBy`?",
            (
                Answer(
                    "tagged",
                    "Yes.",
                    "`auto_delete_amis` keeps the source AMI whatever its tags are.",
                    _SOURCE_KEPT,
                ),
                Answer(
                    "not-tagged",
                    "No.",
                    "`auto_delete_amis` keeps the source AMI. Image Builder does not delete an AMI without this tag.",
                    _SOURCE_KEPT,
                ),
            ),
        ),
    ),
)
