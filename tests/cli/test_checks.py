"""The checks of the account, the configuration, the Regions and the quotas, and how checks run."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_image_distribution_cli.checks import Outcome

from .fake_aws import ACCOUNT, OTHER_ACCOUNT, REGION
from .healthy import ENVIRONMENT, healthy, only, refuse, region, run, stack_template, write
from .rollout import CONFIGURATION_ARN

NOWHERE = "aws://unknown-account/unknown-region"


def test_every_check_passes_in_a_healthy_account(tmp_path: Path) -> None:
    """Nothing fails, nothing is unknown, and nothing is changed."""
    fake = healthy()
    results = run(fake, write(tmp_path, {"Golden": stack_template([region(), region("us-east-1")])}))
    assert {result.outcome for result in results} == {Outcome.PASS}
    assert {"account", "source AMI", "Region", "AMI quota", "copy quota", "permissions"} <= {it.check for it in results}
    verbs = ("Describe", "Get", "List", "Simulate")
    assert [operation for operation in fake.operations if not operation.startswith(verbs)] == []


def test_stack_without_environment_is_checked_in_the_callers(tmp_path: Path) -> None:
    """As the CDK CLI deploys it."""
    fake = healthy()
    results = run(fake, write(tmp_path, {"Golden": stack_template([region()])}, NOWHERE))
    assert only(results, "account").subject == ACCOUNT
    assert only(results, "source AMI").subject.endswith(f"in {REGION}")


def test_stack_of_another_region_is_checked_there(tmp_path: Path) -> None:
    """The Region of the assembly counts, not that of the command line."""
    fake = healthy()
    results = run(fake, write(tmp_path, {"Golden": stack_template([region()])}, f"aws://{ACCOUNT}/us-east-1"))
    assert only(results, "source AMI").outcome is Outcome.FAIL


def test_credentials_of_another_account_fail(tmp_path: Path) -> None:
    """And nothing else is checked with them."""
    fake = healthy()
    template = stack_template([region()])
    (result,) = run(fake, write(tmp_path, {"Golden": template}, f"aws://{OTHER_ACCOUNT}/{REGION}"))
    assert (result.check, result.outcome) == ("account", Outcome.FAIL)
    assert "--profile" in result.remedy


def test_no_denial_is_an_error(tmp_path: Path) -> None:
    """Whatever the caller may not read, the check is unknown and says which action is missing."""
    fake = healthy()
    results = run(fake, write(tmp_path, {"Golden": _everything()}))
    read = {operation for operation in fake.operations if operation != "GetCallerIdentity"}
    assert {Outcome.FAIL} & {result.outcome for result in results} == set()
    for operation in read:
        refuse(fake, operation, "AccessDenied", f"not authorized to perform: x:{operation} on resource: y")
    for result in run(fake, tmp_path):
        assert result.outcome is not Outcome.FAIL, result
    assert {"DescribeImages", "DescribeKey", "DescribeLaunchTemplates", "DescribeParameters"} <= read


def _everything() -> dict[str, object]:
    account = {"AmiAccountId": ACCOUNT, "ParameterName": "/golden"}
    return stack_template(
        [
            {
                **region(KmsKeyId="alias/golden", TargetAccountIds=[ACCOUNT]),
                "LaunchTemplateConfigurations": [{"LaunchTemplateId": "lt-1", "AccountId": ACCOUNT}],
                "SsmParameterConfigurations": [account],
            }
        ],
        role=f"arn:aws:iam::{ACCOUNT}:role/distribution",
    )


def test_configuration_that_exists_is_read(tmp_path: Path) -> None:
    """Its Regions are checked as those of one in the app."""
    fake = healthy()
    fake.configurations[CONFIGURATION_ARN] = [{"region": "me-central-1", "amiDistributionConfiguration": {}}]
    results = run(fake, write(tmp_path, {"Golden": stack_template([], configuration=CONFIGURATION_ARN)}))
    assert only(results, "configuration").outcome is Outcome.PASS
    assert only(results, "Region").outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("arn", "outcome", "message"),
    [
        (CONFIGURATION_ARN, Outcome.FAIL, "cannot be found"),
        (CONFIGURATION_ARN.replace(REGION, "us-east-1"), Outcome.FAIL, "It is in us-east-1, the stack in eu-west-1."),
        ({"Fn::ImportValue": "Shared"}, Outcome.UNKNOWN, "Another stack makes it"),
    ],
)
def test_configuration_that_cannot_be_used(arn: object, outcome: Outcome, message: str, tmp_path: Path) -> None:
    """It does not exist, is elsewhere, or is known at deployment only."""
    results = run(healthy(), write(tmp_path, {"Golden": stack_template([], configuration=arn)}))
    result = only(results, "configuration")
    assert result.outcome is outcome
    assert message in result.message


@pytest.mark.parametrize(
    ("name", "outcome", "message"),
    [
        ("af-south-1", Outcome.PASS, "enabled"),
        ("me-central-1", Outcome.FAIL, "not enabled"),
        ("eu-west-9", Outcome.FAIL, "no such Region"),
    ],
)
def test_region(name: str, outcome: Outcome, message: str, tmp_path: Path) -> None:
    """Enabled, to be enabled, or wrong."""
    result = only(run(healthy(), write(tmp_path, {"Golden": stack_template([region(name)])})), "Region")
    assert result.outcome is outcome
    assert message in result.message


def test_opt_in_region_of_another_account_is_unknown(tmp_path: Path) -> None:
    """A Region that is always enabled needs no answer of that account."""
    settings = {"TargetAccountIds": [OTHER_ACCOUNT]}
    template = stack_template([region("us-east-1", **settings), region("af-south-1", **settings)])
    results = run(healthy(), write(tmp_path, {"Golden": template}))
    found = {result.subject: result.outcome for result in results if result.check == "Region"}
    assert found == {
        f"us-east-1 of {OTHER_ACCOUNT}": Outcome.PASS,
        f"af-south-1 of {OTHER_ACCOUNT}": Outcome.UNKNOWN,
    }
    assert {result.remedy for result in results if result.check == "Region"} == {"", "Check that account by hand."}


def test_opt_in_region_of_another_account_is_read_with_the_role(tmp_path: Path) -> None:
    """As --role-name names it."""
    folder = write(tmp_path, {"Golden": stack_template([region("af-south-1", TargetAccountIds=[OTHER_ACCOUNT])])})
    assert only(run(healthy(), folder, "Reader"), "Region").outcome is Outcome.PASS


def test_quota_of_amis_counts_those_there_and_the_new_ones(tmp_path: Path) -> None:
    """Ten are there, and two come."""
    fake = healthy()
    fake.amis[REGION] += [{"ImageId": f"ami-{number}", "State": "available"} for number in range(9)]
    fake.answers["GetServiceQuota"] = lambda region, asked: {"Quota": {"Value": 11.0}}
    result = only(run(fake, write(tmp_path, {"Golden": stack_template([region()], number=2)})), "AMI quota")
    assert result.outcome is Outcome.FAIL
    assert result.message == "10 AMIs and 2 new ones are more than 11."


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDeniedException", "Allow servicequotas:GetServiceQuota."),
        ("ServiceException", "Try again, or check it by hand."),
    ],
)
def test_remedy_for_what_is_not_read_fits_the_reason(code: str, remedy: str, tmp_path: Path) -> None:
    """Only a denial needs a permission."""
    fake = healthy()
    refuse(fake, "GetServiceQuota", code)
    result = only(run(fake, write(tmp_path, {"Golden": stack_template([region()])})), "AMI quota")
    assert (result.outcome, result.remedy) == (Outcome.UNKNOWN, remedy)


@pytest.mark.parametrize(("pending", "outcome"), [(49, Outcome.PASS), (50, Outcome.UNKNOWN), (300, Outcome.FAIL)])
def test_quota_of_copies_counts_those_that_run(pending: int, outcome: Outcome, tmp_path: Path) -> None:
    """Image Builder's default may have been raised, EC2's limit not."""
    fake = healthy()
    fake.amis[REGION] += [{"ImageId": f"ami-{number}", "State": "pending"} for number in range(pending)]
    result = only(run(fake, write(tmp_path, {"Golden": stack_template([region()])})), "copy quota")
    assert result.outcome is outcome


def test_copies_of_other_accounts_do_not_count(tmp_path: Path) -> None:
    """Their quotas are their own."""
    folder = write(tmp_path, {"Golden": stack_template([region(TargetAccountIds=[OTHER_ACCOUNT])])})
    assert only(run(healthy(), folder), "AMI quota").message == "1 AMIs and 0 new ones, of 50000."


def test_stacks_in_stages_and_nested_stacks_are_checked(tmp_path: Path) -> None:
    """Pipelines put their stacks into assemblies of their own."""
    outer = {
        "Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "inner.json"}}}
    }
    stage = write(tmp_path / "assembly-Prod", {"Outer": outer})
    (stage / "inner.json").write_text((write(tmp_path / "x", {"I": stack_template([region()])}) / "I.json").read_text())
    (tmp_path / "manifest.json").write_text(
        '{"artifacts": {"Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}}}'
    )
    assert only(run(healthy(), tmp_path), "source AMI").outcome is Outcome.PASS
    assert ENVIRONMENT.endswith(REGION)
