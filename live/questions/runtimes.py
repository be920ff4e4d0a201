"""The boto3 of the Lambda runtimes."""

from __future__ import annotations

from ..assumptions import Answer, Assumption, Topic

_OLD = "tests/test_old_runtime.py::test_a_boto3_of_2024_distributes_with_the_asset"
_MODEL = "tests/handler/test_aws.py::test_client_of_image_builder_has_the_model_of_the_asset"

TOPIC = Topic(
    "runtimes",
    "Lambda runtimes",
    (
        Assumption(
            "bundled-botocore",
            "Does the botocore of each Lambda runtime know `DistributeImage`?",
            (
                Answer(
                    "all", "Yes, of each runtime.", "The function uses the service model of its own asset.", (_MODEL,)
                ),
                Answer("not-all", "Not of each runtime.", "The same.", (_OLD, _MODEL)),
            ),
        ),
        Assumption(
            "packed-model",
            "Does the function use the service model of its asset?",
            (Answer("used", "Yes.", "It works with each runtime.", (_OLD, _MODEL)),),
        ),
    ),
)
