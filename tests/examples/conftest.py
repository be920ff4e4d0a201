"""Fixtures for the examples."""

from ..construct.conftest import no_copied_assets, snapshot

__all__ = ["no_copied_assets", "snapshot"]
