"""The Resource Groups Tagging API."""

from __future__ import annotations

from ..assumptions import Answer, Assumption, Topic

_TESTS = "tests/handler/test_assumptions.py::"
_UNNAMED = "tests/handler/test_unnamed_images.py::"

TOPIC = Topic(
    "tagging",
    "Tagging API",
    (
        Assumption(
            "tagging-lists",
            "How long does the tagging API take to list a new image?",
            (
                Answer(
                    "within-60-s",
                    "At most 60 seconds.",
                    "The Delete of a create that was cut off finds the image. It looks for it for 90 seconds.",
                    (f"{_UNNAMED}test_image_of_a_create_cut_off_is_removed_by_its_delete",),
                ),
                Answer(
                    "later",
                    "Longer.",
                    "The Delete of a create that was cut off leaves the image. If the stack stays, the next "
                    "Update or Delete of the resource removes it.",
                    (f"{_TESTS}test_image_that_the_tagging_api_lists_late_is_removed_by_the_next_request",),
                ),
            ),
        ),
        Assumption(
            "tagging-forgets",
            "How long does the tagging API list a deleted image?",
            (
                Answer(
                    "within-60-s",
                    "At most 60 seconds.",
                    "The function reads each image that it finds by `GetImage`.",
                    (f"{_UNNAMED}test_image_of_a_create_cut_off_is_removed_by_its_delete",),
                ),
                Answer(
                    "longer",
                    "Longer.",
                    "The same. An image that is gone is ignored.",
                    (f"{_TESTS}test_deleted_images_that_the_tagging_api_still_lists_are_ignored",),
                ),
            ),
        ),
    ),
)
