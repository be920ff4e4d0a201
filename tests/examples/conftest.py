"""Fixtures for the examples."""

from ..construct.conftest import snapshot

__all__ = ["snapshot"]
