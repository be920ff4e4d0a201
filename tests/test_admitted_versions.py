"""The lowest versions that pyproject.toml admits are enough, and the newest that there are do as well."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from . import environments

PROGRAM = """
import hashlib
import json
import aws_cdk as cdk
from aws_cdk.assertions import Annotations, Match, Template
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from cdk_image_distribution import DistributionTargetRole, ImageDistribution, ImageDistributionProvider
from cdk_image_distribution._handler_asset import assemble
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
template = Template.from_stack(stack)
(resource,) = template.find_resources("Custom::ImageDistribution").values()
assert resource["Properties"]["Tags"] == {"CostCenter": "42", "Team": "platform"}
assert any("ExecutionRoleDefaultPolicy" in id for id in resource["DependsOn"])
(warning,) = Annotations.from_stack(stack).find_warning("*", Match.any_value())
assert "copiesStay" in warning.entry.data
custom = {
    id: found["Properties"] for id, found in template.to_json()["Resources"].items() if "Custom::" in found["Type"]
}
print(json.dumps(custom, sort_keys=True))
for path in sorted(assemble().rglob("*.*")):
    print(path.relative_to(assemble()), hashlib.sha256(path.read_bytes()).hexdigest())
"""


def lowest_versions() -> list[str]:
    """Return each dependency of the package at the lowest version that it admits."""
    (dependencies,) = re.findall(r"^dependencies = \[\n(.*?)^\]", environments.pyproject(), re.M | re.S)
    return [f"{name}=={version}" for name, version in re.findall(r'"([a-z0-9-]+)[>=]=([0-9.]+)', dependencies)]


def interpreters() -> list[str]:
    """Return the supported Pythons of this machine, from the lowest to the newest."""
    found = (shutil.which(f"python{version}") for version in environments.supported_pythons())
    # A version manager's launcher may only explain how to install that version.
    return [path for path in found if path is not None and is_usable(path)]


def is_usable(path: str) -> bool:
    """Return whether an interpreter starts."""
    return subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0


def import_on_use(python: Path) -> None:
    """Let an old aws-cdk-lib import its modules when they are used, as later ones do: compiling all takes 30 s more."""
    (path,) = python.parents[1].glob("lib/*/site-packages/aws_cdk/__init__.py")
    lazy, found = re.subn(r"^from \. import (?:alexa|aws)_\w+\n", "", path.read_text("utf-8"), flags=re.M)
    assert found > 200
    # The file may be one with that in uv's cache.
    path.unlink()
    path.write_text(lazy, "utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    environments.run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder))
    (built,) = folder.glob("*.whl")
    return str(built)


@pytest.fixture(scope="module")
def newest(wheel: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newest Python of this machine, with the wheel and the newest versions of what it needs."""
    return environments.make(tmp_path_factory.mktemp("newest") / "venv", wheel, of=interpreters()[-1])


@pytest.fixture(scope="module")
def pinned() -> str:
    """What the program prints with our pins and the Python of the tests."""
    return environments.run(sys.executable, "-c", PROGRAM)


def test_lowest_python_is_the_one_that_pip_demands() -> None:
    """The classifiers and `requires-python` say the same, and every dependency has a lowest version."""
    assert f'requires-python = ">={environments.supported_pythons()[0]}"' in environments.pyproject()
    assert [pin.split("==")[0] for pin in lowest_versions()] == ["aws-cdk-lib", "boto3", "constructs", "crhelper"]


# The two tests that follow run far from the checkout and compare waits, tags, events, roles, warnings, custom resources
# and the asset with those of our pins. So no upgrade of a dependency or of Python starts a distribution or updates a
# function. CI runs them with every supported Python.


@pytest.mark.e2e
def test_lowest_versions_synthesise_what_the_pinned_ones_do(tmp_path: Path, wheel: str, pinned: str) -> None:
    """On the lowest Python of this machine; of CDK's modules, those are imported that ours need."""
    python = environments.make(tmp_path / "venv", *lowest_versions(), wheel, of=interpreters()[0])
    import_on_use(python)
    assert environments.run(python, "-B", "-c", PROGRAM, cwd=tmp_path) == pinned


@pytest.mark.e2e
def test_newest_versions_synthesise_what_the_pinned_ones_do(tmp_path: Path, newest: Path, pinned: str) -> None:
    """On the newest Python of this machine."""
    assert environments.run(newest, "-B", "-c", PROGRAM, cwd=tmp_path) == pinned


@pytest.mark.e2e
def test_command_line_of_the_wheel_says_which_extra_it_needs(tmp_path: Path, newest: Path, wheel: str) -> None:
    """Without typer and rich it says what to install; with the extra it runs."""
    script = newest.with_name("cdk-image-distribution")
    ended = subprocess.run([script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "pip install 'cdk-image-distribution[cli]'" in ended.stderr
    environments.install(newest, f"{wheel}[cli]")
    assert "watch" in environments.run(script, "--help", cwd=tmp_path)
