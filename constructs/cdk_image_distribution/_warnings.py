"""Warnings of the package, which the app's owner can acknowledge by their ids."""

from __future__ import annotations

from aws_cdk import Annotations
from constructs import IConstruct


def warn(scope: IConstruct, name: str, sentence: str) -> None:
    """Put the warning `cdk-image-distribution:<name>` on a construct."""
    Annotations.of(scope).add_warning_v2(f"cdk-image-distribution:{name}", sentence)
