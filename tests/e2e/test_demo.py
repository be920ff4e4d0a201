"""`make demo`, as a new user runs it."""

import re
import subprocess
import sys
import time

import pytest

from ..environments import ROOT


@pytest.mark.e2e
def test_the_demo_shows_what_the_product_does() -> None:
    """It deploys, shows an AMI in each Region, destroys, finds nothing left, and takes under three minutes."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tools.demo"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    output = finished.stdout

    assert finished.returncode == 0, output + finished.stderr
    assert finished.stderr == ""
    assert re.search(r"CREATE_COMPLETE +\S+ +Custom::ImageDistribution", output)
    assert re.search(r"arn:aws:imagebuilder:eu-west-1:123456789012:image/\S+/1 ", output)
    assert re.search(r"Distribution us-east-1 copying \d+%", output)
    for region in ("eu-west-1", "eu-central-1", "us-east-1"):
        assert re.search(rf"{region} +ami-[0-9a-f]{{17}} +golden-\S+Z +available", output), region
    assert re.search(r"DELETE_COMPLETE +GoldenImage +AWS::CloudFormation::Stack", output)
    assert "nothing: no images" in output
    assert "3 AMIs in 3 Regions stay" in output
    assert time.monotonic() - began < 180
