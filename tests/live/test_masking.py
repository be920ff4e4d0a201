"""Evidence holds neither account ids nor secrets nor names of people."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from live.masking import Mask

OWN, OTHER, UNKNOWN = "123456789012", "210987654321", "345678901234"
MASK = Mask(OWN, OTHER)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"arn:aws:iam::{OWN}:role/R", "arn:aws:iam::111111111111:role/R"),
        (f"{OTHER} and {UNKNOWN}", "222222222222 and 999999999999"),
        (
            f"arn:aws:sts::{OWN}:assumed-role/R/jane@example.com is",
            "arn:aws:sts::111111111111:assumed-role/R/(name) is",
        ),
        (f"arn:aws:iam::{OWN}:user/team/jane", "arn:aws:iam::111111111111:user/(name)"),
        ("key AKIAIOSFODNN7EXAMPLE", "key (access key)"),
        ("PUT https://bucket.s3.amazonaws.com/x?X-Amz-Signature=abc now", "PUT (signed URL) now"),
        ("ami-0123456789abcdef0 at 2026-11-24", "ami-0123456789abcdef0 at 2026-11-24"),
        ("image/1234567890123/1.0.0/1", "image/1234567890123/1.0.0/1"),
    ],
)
def test_text_is_masked(text: str, masked: str) -> None:
    """The same account is the same invented one everywhere; other numbers stay."""
    assert MASK.text(text) == masked


def test_values_are_masked_at_every_depth() -> None:
    """Keys too, and what JSON has no type for becomes text."""
    value: dict[str, Any] = {
        OWN: [{"ResponseURL": "https://x", "n": 1, "account": int(OWN), "none": None, "ok": True}],
        "time": datetime(2026, 11, 24, tzinfo=timezone.utc),
        "tuple": (OWN, 1.5),
    }
    assert MASK.value(value) == {
        "111111111111": [{"ResponseURL": "(masked)", "n": 1, "account": "111111111111", "none": None, "ok": True}],
        "time": "2026-11-24 00:00:00+00:00",
        "tuple": ["111111111111", 1.5],
    }
