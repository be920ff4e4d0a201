"""Stacks of many distributions, and what they synthesise to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from .ways import DECLARATIONS

ACCOUNT = "123456789012"
REGION = "eu-west-1"
CONFIGURATION = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:distribution-configuration/golden"
SOURCE_AMI = "ami-0123456789abcdef0"
STACK = "Measured"


def app_of(way: str, distributions: int, folder: Path) -> cdk.App:
    """Return an app with one stack of some distributions, each of a configuration given by its ARN."""
    # More than the 500 resources that CloudFormation takes, to see how the cost grows.
    app = cdk.App(outdir=str(folder), analytics_reporting=False, context={"@aws-cdk/core:stackResourceLimit": 0})
    stack = cdk.Stack(app, STACK, env=cdk.Environment(account=ACCOUNT, region=REGION))
    for number in range(distributions):
        DECLARATIONS[way](stack, number, SOURCE_AMI, CONFIGURATION)
    return app


def template_in(folder: Path) -> tuple[dict[str, Any], int]:
    """Return the template of a synthesised app, and its size in bytes."""
    text = (folder / f"{STACK}.template.json").read_text()
    return json.loads(text), len(text.encode())


def assets_in(folder: Path) -> list[Path]:
    """Return the folders that a synthesised app packs as assets."""
    return sorted(path for path in folder.glob("asset.*") if path.is_dir())
