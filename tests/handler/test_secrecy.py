"""The ResponseURL is pre-signed: whoever reads it in a log can answer for us."""

from __future__ import annotations

import logging

import pytest

from simulated_aws import SimulatedAccount


@pytest.mark.parametrize("fails", [False, True])
def test_no_log_line_holds_the_response_url(
    account: SimulatedAccount, caplog: pytest.LogCaptureFixture, fails: bool
) -> None:
    """Neither a success nor a failure logs the URL's signature, at the level that the handler sets."""
    if fails:
        account.fail("DistributeImage", "ClientException", "No.", times=None)
    create = account.request("Create")
    assert account.operate(create)["Status"] == ("FAILED" if fails else "SUCCESS")
    assert "secret" in create["ResponseURL"]
    assert logging.getLogger().level == logging.INFO
    assert caplog.text
    assert "secret" not in caplog.text
