"""The AMIs that `GetImage` lists."""

from __future__ import annotations

from ..assumptions import Answer, Assumption, Topic

_AMI_TESTS = "tests/handler/test_assumptions_amis.py::"
_WAIT = "tests/handler/test_wait.py::"

TOPIC = Topic(
    "outputs",
    "Output AMIs",
    (
        Assumption(
            "copies-are-tagged",
            "Do the copies carry the tags `CreatedBy` and `Ec2ImageBuilderArn`?",
            (
                Answer(
                    "both",
                    "Yes.",
                    "`auto_delete_amis` deletes the copies.",
                    ("tests/handler/test_delete_amis.py::test_amis_are_deleted_with_the_image",),
                ),
                Answer(
                    "incomplete",
                    "No, or one of them only.",
                    "`auto_delete_amis` keeps an AMI of the home Region that it cannot tell from the source AMI.",
                    (f"{_AMI_TESTS}test_delete_keeps_a_home_ami_without_the_tags_of_image_builder",),
                ),
            ),
        ),
        Assumption(
            "output-entries",
            "What does `outputResources` list at the end?",
            (
                Answer(
                    "targets",
                    "One AMI for each Region and account of the configuration.",
                    "`ami_id()` returns the AMI of the Region and account.",
                    (f"{_WAIT}test_wait_answers_the_amis_that_are_asked_for",),
                ),
                Answer(
                    "source-too",
                    "The source AMI too, before the copy.",
                    "`ami_id()` returns the copy.",
                    (f"{_AMI_TESTS}test_wait_answers_the_last_ami_of_the_home_region",),
                ),
                Answer(
                    "source-last",
                    "The source AMI too, after the copy.",
                    "`ami_id()` of the home Region returns the source AMI, which has the same content.",
                    (f"{_AMI_TESTS}test_wait_answers_the_last_ami_of_the_home_region",),
                ),
                Answer(
                    "fewer",
                    "Fewer AMIs.",
                    "`ami_id()` of a Region without AMI fails the deployment. The message lists the AMIs that exist.",
                    (f"{_WAIT}test_wait_for_an_ami_that_was_not_made_fails_and_lists_what_was",),
                ),
            ),
        ),
        Assumption(
            "output-time",
            "When does `outputResources` list an AMI?",
            (
                Answer(
                    "during",
                    "While the distribution runs.",
                    "The wait reads the AMIs when the image is AVAILABLE.",
                    (f"{_WAIT}test_wait_answers_the_amis_that_are_asked_for",),
                ),
                Answer(
                    "end",
                    "When the image is AVAILABLE.",
                    "The same. A message about a failed distribution then lists no AMI.",
                    (f"{_AMI_TESTS}test_wait_answers_the_amis_that_are_listed_only_at_the_end",),
                ),
            ),
        ),
    ),
)
