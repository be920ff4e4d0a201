"""Regions that do not exist are refused; new ones, which no data of ours knows yet, are not."""

from __future__ import annotations

import json
import subprocess
import sys

import botocore.session
import pytest
from aws_cdk.region_info import Fact

from cdk_image_distribution import _regions as regions

BOTOCORE = botocore.session.get_session()
KNOWN = sorted(
    {
        *Fact.regions,
        *(
            region
            for partition in BOTOCORE.get_available_partitions()
            for region in BOTOCORE.get_available_regions("ec2", partition)
        ),
    }
)


def passes(region: str) -> bool:
    """Return whether a Region's name is taken."""
    try:
        regions.check_region("region", region)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("region", KNOWN)
def test_every_known_region_passes(region: str) -> None:
    """Those of every partition, also the ones that only botocore or only CDK knows."""
    assert passes(region)
    assert not regions.is_new(region)


@pytest.mark.parametrize("region", ["eu-west-4", "us-southwest-1", "ap-southeast-12", "us-gov-central-1", "mx-north-1"])
def test_a_new_region_of_a_known_area_passes_as_new(region: str) -> None:
    """A Region must not need a release of this package."""
    assert passes(region)
    assert regions.is_new(region)


@pytest.mark.parametrize(
    ("region", "remedy"),
    [
        ("eu-wset-1", "Write 'eu-west-1', or upgrade"),
        ("eu-west-1a", "Write 'eu-west-1', or upgrade"),
        ("ue-west-1", "Write 'us-west-1', or upgrade"),
        ("EU-WEST-1", "Write one such as 'eu-west-1', or upgrade"),
        ("eu-west-0", "Write 'eu-west-"),
        ("eu_west_1", "Write 'eu-west-1', or upgrade"),
        ("us-gov-1", "Write 'us-gov-"),
        ("eu-west", "Write 'eu-west-"),
        (" eu-west-1", "Write 'eu-west-1', or upgrade"),
        ("eu-west-1\n", "Write 'eu-west-1', or upgrade"),
        ("aws-global", "Write "),
        ("Ireland", "Write one such as 'eu-west-1', or upgrade"),
        ("", "Write one such as 'eu-west-1', or upgrade"),
    ],
)
def test_what_is_no_region_is_refused_with_the_nearest_one(region: str, remedy: str) -> None:
    """The message has the argument, the value, and the Region that was probably meant."""
    with pytest.raises(ValueError) as refusal:
        regions.check_region("region", region)
    message = str(refusal.value)
    assert message.startswith(f"region must be a Region of AWS, got {region!r}. {remedy}")
    assert message.endswith(" botocore or aws-cdk-lib if the Region is new.")


@pytest.mark.parametrize("region", KNOWN)
def test_a_misspelt_direction_is_never_a_region(region: str) -> None:
    """Two letters of it in each other's place, such as eu-wset-1."""
    area, direction, number = region.rsplit("-", 2)
    for position in range(len(direction) - 1):
        swapped = direction[:position] + direction[position + 1] + direction[position] + direction[position + 2 :]
        assert swapped == direction or not passes(f"{area}-{swapped}-{number}")


def test_the_regions_of_botocore_are_read_without_importing_it() -> None:
    """Importing it takes longer than the check."""
    program = (
        "import json, sys\n"
        "from cdk_image_distribution import _regions\n"
        "_regions.check_region('region', 'sa-west-1')\n"
        "print(json.dumps([name for name in sys.modules if name.startswith(('boto', 'boto3'))]))\n"
    )
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert json.loads(printed) == []
