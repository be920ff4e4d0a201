"""What a wheel and a source distribution hold, and how a plain checkout finds the packages."""

from __future__ import annotations

import re
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import cdk_image_distribution

from . import environments

PROGRAM = """
import sys
import aws_cdk as cdk
from aws_cdk.assertions import Template
import cdk_image_distribution, cdk_image_distribution_handler
from cdk_image_distribution import ImageDistribution
stack = cdk.Stack(cdk.App(), "Stack")
arn = "arn:aws:imagebuilder:eu-west-1:123456789012:distribution-configuration/golden"
ImageDistribution(stack, "Distribution", source_image="ami-0123456789abcdef0", distribution_configuration=arn)
Template.from_stack(stack).resource_count_is("Custom::ImageDistribution", 1)
print(cdk_image_distribution.__file__, cdk_image_distribution_handler.__file__)
"""


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution of this checkout, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    environments.run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> Path:
    """The wheel."""
    (built,) = distributions.glob("*.whl")
    return built


@pytest.mark.e2e
def test_index_accepts_the_distributions(distributions: Path) -> None:
    """`twine check --strict` renders the long description as the index does."""
    files = [str(path) for path in distributions.iterdir()]
    assert len(files) == 2
    environments.run(sys.executable, "-m", "twine", "check", "--strict", *files)


@pytest.mark.e2e
def test_long_description_has_no_relative_links(wheel: Path) -> None:
    """The index shows the description without the repository around it."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(name))
    description = str(metadata.get_payload())
    assert "ImageDistribution" in description
    assert [target for target in re.findall(r"\]\(([^)]+)\)", description) if "://" not in target] == []
    assert metadata["Version"] == cdk_image_distribution.__version__


@pytest.mark.e2e
def test_the_wheel_has_the_three_packages_and_says_that_they_are_typed(wheel: Path) -> None:
    """Nothing of the repository but the packages, each with its py.typed."""
    names = zipfile.ZipFile(wheel).namelist()
    packages = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert packages == {"cdk_image_distribution", "cdk_image_distribution_cli", "cdk_image_distribution_handler"}
    assert {f"{package}/py.typed" for package in packages} <= set(names)
    assert "cdk_image_distribution_handler/models/imagebuilder/2019-12-02/service-2.json" in names


@pytest.mark.slow
def test_a_plain_checkout_finds_both_halves() -> None:
    """The two source roots on the path are enough, even from the folder that has one named `constructs`."""
    roots = f"sys.path[:0] = [{str(environments.ROOT / 'constructs')!r}, {str(environments.ROOT / 'lambda')!r}]"
    printed = environments.run(sys.executable, "-c", f"import sys; {roots}{PROGRAM}")
    assert all(str(environments.ROOT) in place for place in printed.split())
