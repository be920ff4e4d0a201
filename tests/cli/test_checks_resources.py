"""The checks of KMS keys, launch templates and SSM parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdk_image_distribution_cli.checks import Outcome

from .fake_aws import ACCOUNT, OTHER_ACCOUNT, REGION, Refused
from .healthy import healthy, only, refuse, region, run, stack_template, write

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"


@pytest.mark.parametrize(
    ("metadata", "outcome", "message"),
    [
        ({"KeyState": "Enabled"}, Outcome.PASS, "enabled"),
        ({"KeyState": "PendingDeletion"}, Outcome.FAIL, "PendingDeletion"),
        ({"KeyState": "Enabled", "KeySpec": "RSA_2048"}, Outcome.FAIL, "RSA_2048"),
    ],
)
def test_key(metadata: dict[str, str], outcome: Outcome, message: str, tmp_path: Path) -> None:
    """EBS needs an enabled, symmetric one."""
    fake = healthy()
    fake.answers["DescribeKey"] = lambda region, asked: {"KeyMetadata": {"KeyId": "1", **metadata}}
    result = only(run(fake, write(tmp_path, {"Golden": stack_template([region(KmsKeyId=KEY)])})), "KMS key")
    assert result.outcome is outcome
    assert message in result.message


@pytest.mark.parametrize(
    ("code", "outcome"), [("NotFoundException", Outcome.FAIL), ("AccessDeniedException", Outcome.UNKNOWN)]
)
def test_key_that_kms_does_not_show(code: str, outcome: Outcome, tmp_path: Path) -> None:
    """KMS tells a missing key from one that is denied."""
    fake = healthy()
    refuse(fake, "DescribeKey", code, "no")
    result = only(run(fake, write(tmp_path, {"Golden": stack_template([region(KmsKeyId="alias/golden")])})), "KMS key")
    assert result.outcome is outcome


def test_key_of_another_region_fails(tmp_path: Path) -> None:
    """EBS encrypts with keys of its own Region only."""
    folder = write(tmp_path, {"Golden": stack_template([region("us-east-1", KmsKeyId=KEY)])})
    result = only(run(healthy(), folder), "KMS key")
    assert (result.outcome, result.message) == (Outcome.FAIL, "It is in eu-west-1.")


def test_key_is_read_in_the_region_that_uses_it(tmp_path: Path) -> None:
    """An alias names another key in each Region."""
    fake = healthy()
    run(fake, write(tmp_path, {"Golden": stack_template([region("us-east-1", KmsKeyId="alias/golden")])}))
    assert [where for _, name, where, _ in fake.calls if name == "DescribeKey"] == ["us-east-1"]


@pytest.mark.parametrize(
    ("key", "outcome"),
    [({"Fn::GetAtt": ["Key", "Arn"]}, Outcome.PASS), ({"Fn::ImportValue": "Key"}, Outcome.UNKNOWN)],
)
def test_key_that_does_not_exist_yet(key: Any, outcome: Outcome, tmp_path: Path) -> None:
    """The stack makes it, or another one does."""
    results = run(healthy(), write(tmp_path, {"Golden": stack_template([region(KmsKeyId=key)])}))
    assert only(results, "KMS key").outcome is outcome


def templates(*ids: Any, account: str = ACCOUNT) -> dict[str, Any]:
    """Return a template whose configuration makes versions of launch templates."""
    named = [{"LaunchTemplateId": id, "AccountId": account} for id in ids]
    return stack_template([{**region(), "LaunchTemplateConfigurations": named}])


def test_missing_launch_template_fails_and_the_others_pass(tmp_path: Path) -> None:
    """EC2 refuses the call for all if one is missing."""
    fake = healthy()

    def answer(region: str, asked: dict[str, Any]) -> dict[str, Any]:
        if "lt-2" in asked["LaunchTemplateIds"]:
            raise Refused("InvalidLaunchTemplateId.NotFound", "At least one does not exist")
        return {"LaunchTemplates": []}

    fake.answers["DescribeLaunchTemplates"] = answer
    results = run(fake, write(tmp_path, {"Golden": templates("lt-1", "lt-2", "lt-3")}))
    outcomes = {it.subject: it.outcome for it in results if it.check == "launch template"}
    assert outcomes == {
        "lt-1 in eu-west-1": Outcome.PASS,
        "lt-2 in eu-west-1": Outcome.FAIL,
        "lt-3 in eu-west-1": Outcome.PASS,
    }


def test_launch_template_of_an_account_that_cannot_be_reached_is_unknown(tmp_path: Path) -> None:
    """Its account is named."""
    results = run(healthy(), write(tmp_path, {"Golden": templates("lt-1", account=OTHER_ACCOUNT)}))
    result = only(results, "launch template")
    assert (result.subject, result.outcome) == (f"lt-1 in eu-west-1 of {OTHER_ACCOUNT}", Outcome.UNKNOWN)


def test_launch_template_that_the_stack_makes_passes(tmp_path: Path) -> None:
    """It is there before the distribution starts."""
    results = run(healthy(), write(tmp_path, {"Golden": templates({"Ref": "Key"})}))
    assert only(results, "launch template").outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("kind", "outcome"), [("String", Outcome.PASS), ("SecureString", Outcome.FAIL), (None, Outcome.PASS)]
)
def test_parameter_of_the_configuration(kind: str | None, outcome: Outcome, tmp_path: Path) -> None:
    """Image Builder makes one that does not exist, and cannot change the type of one that does."""
    fake = healthy()
    found = [{"Name": "/golden", "Type": kind}] if kind else []
    fake.answers["DescribeParameters"] = lambda region, asked: {"Parameters": found}
    named = [{"ParameterName": "/golden"}]
    template = stack_template([{**region(), "SsmParameterConfigurations": named}])
    assert only(run(fake, write(tmp_path, {"Golden": template})), "parameter").outcome is outcome
