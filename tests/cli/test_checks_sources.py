"""The checks of source AMIs and their encryption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdk_image_distribution_cli.checks import Outcome, Result

from .fake_aws import ACCOUNT, OTHER_ACCOUNT, REGION, FakeAws
from .healthy import AMI, healthy, only, refuse, region, run, stack_template, write

IMAGE_ARN = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image/golden/1.0.0/1"


def check(fake: FakeAws, folder: Path, source: Any) -> Result:
    """Check a source."""
    return only(run(fake, write(folder, {"Golden": stack_template([region()], source=source)})), "source AMI")


@pytest.mark.parametrize("state", ["pending", "failed", "disabled", "deregistered"])
def test_ami_that_is_not_available_fails(state: str, tmp_path: Path) -> None:
    """EC2 does not copy it."""
    fake = healthy()
    fake.amis[REGION][0]["State"] = state
    result = check(fake, tmp_path, AMI)
    assert (result.outcome, result.message) == (Outcome.FAIL, f"{AMI} is {state}.")


def test_disabled_and_deprecated_amis_are_asked_for(tmp_path: Path) -> None:
    """EC2 leaves them out otherwise, and the message would say that they do not exist."""
    fake = healthy()
    check(fake, tmp_path, AMI)
    (asked,) = (found for _, name, _, found in fake.calls if name == "DescribeImages" and "Filters" in found)
    assert asked["IncludeDisabled"] and asked["IncludeDeprecated"]


def test_ami_that_does_not_exist_fails(tmp_path: Path) -> None:
    """In this Region."""
    result = check(healthy(), tmp_path, "ami-00000000000000000")
    assert result.outcome is Outcome.FAIL
    assert "does not exist in eu-west-1" in result.message


@pytest.mark.parametrize(
    ("value", "outcome", "message"),
    [
        (AMI, Outcome.PASS, f"{AMI} is available."),
        ("golden", Outcome.FAIL, "The parameter /golden has no AMI id, but 'golden'."),
        (None, Outcome.FAIL, "The parameter /golden does not exist in eu-west-1."),
    ],
)
def test_parameter(value: str | None, outcome: Outcome, message: str, tmp_path: Path) -> None:
    """Image Builder's `ssm:`, and a parameter of the template that CloudFormation reads."""
    fake = healthy()
    found = [{"Name": "/golden", "ARN": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/golden", "Value": value}]
    fake.answers["GetParameters"] = lambda region, asked: {"Parameters": found if value else []}
    result = check(fake, tmp_path, "ssm:/golden")
    assert (result.outcome, result.message) == (outcome, message)
    template = stack_template([region()], source={"Ref": "Source"})
    kind = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    template["Parameters"] = {"Source": {"Type": kind, "Default": "/golden"}}
    assert only(run(fake, write(tmp_path, {"Golden": template})), "source AMI") == result


@pytest.mark.parametrize(
    ("status", "amis", "outcome", "message"),
    [
        ("AVAILABLE", [{"region": REGION, "image": AMI}], Outcome.PASS, f"{AMI} is available."),
        ("AVAILABLE", [{"region": "us-east-1", "image": AMI}], Outcome.FAIL, "has no AMI in eu-west-1"),
        ("FAILED", [], Outcome.FAIL, "is FAILED"),
        ("", [], Outcome.FAIL, "does not exist"),
    ],
)
def test_image(status: str, amis: list[Any], outcome: Outcome, message: str, tmp_path: Path) -> None:
    """An Image Builder image must be available and have an AMI in the Region."""
    fake = healthy()
    if status:
        fake.images[IMAGE_ARN] = {"state": {"status": status}, "outputResources": {"amis": amis}}
    result = check(fake, tmp_path, IMAGE_ARN)
    assert result.outcome is outcome
    assert message in result.message


@pytest.mark.parametrize("source", [IMAGE_ARN.rpartition("/")[0] + "/x", {"Fn::ImportValue": "Golden"}, {"Ref": "Key"}])
def test_source_that_only_the_deployment_knows_is_unknown(source: Any, tmp_path: Path) -> None:
    """The latest build, another stack's value, a resource of the stack."""
    assert check(healthy(), tmp_path, source).outcome is Outcome.UNKNOWN


def test_source_that_may_not_be_read_is_unknown(tmp_path: Path) -> None:
    """The remedy names the actions."""
    fake = healthy()
    refuse(fake, "DescribeImages", "UnauthorizedOperation", "not authorized to perform: ec2:DescribeImages")
    result = check(fake, tmp_path, AMI)
    assert result.outcome is Outcome.UNKNOWN
    assert "ec2:DescribeImages" in result.remedy


def encrypted(manager: str) -> FakeAws:
    """Return an account whose source AMI is encrypted."""
    fake = healthy()
    fake.amis[REGION][0]["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] = True
    fake.snapshots[REGION] = [{"SnapshotId": "snap-1", "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1"}]
    fake.answers["DescribeKey"] = lambda region, asked: {
        "KeyMetadata": {"KeyId": asked["KeyId"], "KeyState": "Enabled", "KeyManager": manager}
    }
    return fake


SHARED: dict[str, Any] = {"TargetAccountIds": [OTHER_ACCOUNT]}


@pytest.mark.parametrize(
    ("manager", "settings", "outcome"),
    [
        ("AWS", SHARED, Outcome.FAIL),
        ("AWS", {"LaunchPermissionConfiguration": {"UserIds": [OTHER_ACCOUNT]}}, Outcome.FAIL),
        ("CUSTOMER", SHARED, Outcome.PASS),
        ("CUSTOMER", {"LaunchPermissionConfiguration": {"UserGroups": ["all"]}}, Outcome.FAIL),
    ],
)
def test_encrypted_ami_that_is_shared(manager: str, settings: Any, outcome: Outcome, tmp_path: Path) -> None:
    """The default key admits no other account, and no encrypted AMI can be public."""
    results = run(encrypted(manager), write(tmp_path, {"Golden": stack_template([region(**settings)])}))
    assert only(results, "encryption").outcome is outcome


@pytest.mark.parametrize("settings", [{}, {**SHARED, "KmsKeyId": "alias/golden"}])
def test_encrypted_ami_that_is_not_shared_under_its_key_needs_no_check(settings: Any, tmp_path: Path) -> None:
    """It stays in the account, or the copy gets another key."""
    results = run(encrypted("AWS"), write(tmp_path, {"Golden": stack_template([region(**settings)])}))
    assert [result for result in results if result.check == "encryption"] == []


def test_key_of_an_encrypted_ami_that_may_not_be_read_is_unknown(tmp_path: Path) -> None:
    """The key's policy may not admit the caller."""
    fake = encrypted("AWS")
    refuse(fake, "DescribeKey", "AccessDeniedException", "not authorized to perform: kms:DescribeKey")
    results = run(fake, write(tmp_path, {"Golden": stack_template([region(**SHARED)])}))
    assert only(results, "encryption").outcome is Outcome.UNKNOWN
