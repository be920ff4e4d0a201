"""The ResponseURL is pre-signed: whoever reads it in a log can answer for us."""

from __future__ import annotations

import logging

import pytest
from botocore.stub import Stubber

from cdk_image_distribution_handler.index import handler

from .cloudformation import IMAGE_ARN, Answers, Context, event


@pytest.mark.parametrize("fails", [False, True])
def test_no_log_line_holds_the_response_url(
    image_builder: Stubber, answers: Answers, caplog: pytest.LogCaptureFixture, fails: bool
) -> None:
    """Neither a success nor a failure logs the URL's signature, at the level that the handler sets."""
    if fails:
        image_builder.add_client_error("distribute_image", "ClientException", "No.")
    else:
        image_builder.add_response("distribute_image", {"clientToken": "t", "imageBuildVersionArn": IMAGE_ARN})
    handler(event("Create"), Context())
    assert logging.getLogger().level == logging.INFO
    assert caplog.text
    assert "secret" not in caplog.text
