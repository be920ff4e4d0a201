"""The lowest versions that pyproject.toml admits are enough."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from . import environments

PROGRAM = """
import aws_cdk as cdk
from aws_cdk.assertions import Annotations, Match, Template
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from cdk_image_distribution import DistributionTargetRole, ImageDistribution, ImageDistributionProvider
stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="eu-west-1"))
target = cdk.Stack(stack, "Target", env=cdk.Environment(account="210987654321", region="eu-west-1"))
DistributionTargetRole(target, "TargetRole", source_account="123456789012", ssm_parameters=["/golden"])
settings = {"Name": "golden-{{ imagebuilder:buildDate }}", "TargetAccountIds": ["123456789012", "210987654321"]}
configuration = imagebuilder.CfnDistributionConfiguration(
    stack,
    "Configuration",
    name="golden",
    distributions=[{"region": "eu-west-1", "amiDistributionConfiguration": settings}],
)
distribution = ImageDistribution(
    stack,
    "Distribution",
    source_image="ami-0123456789abcdef0",
    distribution_configuration=configuration,
    tags={"Team": "platform"},
    auto_delete_amis=True,
    provider=ImageDistributionProvider(stack, "Provider", memory_size=512),
)
distribution.ami_id("eu-west-1")
distribution.on_failure("Failed")
cdk.Tags.of(stack).add("CostCenter", "42")
distribution.execution_role.add_to_principal_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=["*"]))
(resource,) = Template.from_stack(stack).find_resources("Custom::ImageDistribution").values()
assert any("ExecutionRoleDefaultPolicy" in id for id in resource["DependsOn"])
(warning,) = Annotations.from_stack(stack).find_warning("*", Match.any_value())
assert "copiesStay" in warning.entry.data
print(sorted(resource["Properties"]["Tags"].items()))
"""


def lowest_versions() -> list[str]:
    """Return each dependency of the package at the lowest version that it admits."""
    pyproject = (environments.ROOT / "pyproject.toml").read_text()
    (dependencies,) = re.findall(r"^dependencies = \[\n(.*?)^\]", pyproject, re.M | re.S)
    return [f"{name}=={version}" for name, version in re.findall(r'"([a-z0-9-]+)[>=]=([0-9.]+)', dependencies)]


def lowest_python() -> str:
    """Return the lowest Python that the package admits, or skip where this machine has none."""
    pyproject = (environments.ROOT / "pyproject.toml").read_text()
    (version,) = re.findall(r'^requires-python = ">=([0-9.]+)"', pyproject, re.M)
    interpreter = shutil.which(f"python{version}")
    # What a version manager has put there may be no more than a hint at how to install it.
    if interpreter is None or subprocess.run([interpreter, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip(f"python{version} is not on this machine")
    return interpreter


def wheel(folder: Path) -> str:
    """Build the wheel of this checkout."""
    environments.run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder))
    (built,) = folder.glob("*.whl")
    return str(built)


@pytest.mark.e2e
@pytest.mark.parametrize("interpreter", [lambda: sys.executable, lowest_python], ids=["this_python", "lowest_python"])
def test_a_stack_is_synthesised_with_the_lowest_versions(tmp_path: Path, interpreter: Callable[[], str]) -> None:
    """In a fresh environment, far from the checkout: waits, tags, events, roles, warnings and all."""
    pins = lowest_versions()
    assert [pin.split("==")[0] for pin in pins] == ["aws-cdk-lib", "boto3", "constructs", "crhelper"]
    environments.run(interpreter(), "-m", "venv", str(tmp_path / "venv"))
    python = tmp_path / "venv" / "bin" / "python"
    environments.run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins, wheel(tmp_path))
    printed = environments.run(python, "-c", PROGRAM, cwd=tmp_path)
    assert printed.strip() == "[('CostCenter', '42'), ('Team', 'platform')]"
