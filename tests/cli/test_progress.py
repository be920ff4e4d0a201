"""The model of `watch`."""

from __future__ import annotations

from botocore.session import Session

from cdk_image_distribution_cli import states
from cdk_image_distribution_cli.copies import _STATES
from cdk_image_distribution_cli.progress import STATES


def test_every_image_status_of_the_api_has_a_state() -> None:
    """The table and botocore's model are the same."""
    model = Session().get_service_model("imagebuilder")
    assert set(STATES) == set(model.shape_for("ImageStatus").enum)  # type: ignore[attr-defined]
    assert set(states._LISTED_STATES) <= set(STATES)


def test_every_ami_state_of_the_api_has_a_state() -> None:
    """The table and botocore's model are the same."""
    model = Session().get_service_model("ec2")
    assert set(_STATES) == set(model.shape_for("ImageState").enum)  # type: ignore[attr-defined]
