"""The examples of other Regions and accounts are deployed as they stand, and destroyed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_aws import LocalAws
from local_aws.leftovers import leftovers

from .deployment import assembly_of

ROOT = Path(__file__).parents[2]
ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
HOME = "eu-west-1"
TARGETS = ("210987654321", "345678901234")
MANAGEMENT = "999999999999"

#: A Region and an account.
Place = tuple[str, str]


@pytest.fixture(scope="module")
def everywhere(aws: LocalAws) -> LocalAws:
    """The local AWS with the Regions and accounts bootstrapped that the examples deploy to, besides its own."""
    regions = [f"aws://{aws.account}/{region}" for region in ("eu-central-1", "us-east-1")]
    aws.bootstrap(*regions, *(f"aws://{account}/{HOME}" for account in (*TARGETS, MANAGEMENT)))
    return aws


@contextmanager
def deployed(aws: LocalAws, example: str, context: Mapping[str, str], places: Iterable[Place]) -> Iterator[Any]:
    """The one DistributeImage of an example while all of its stacks are deployed; nothing of them is left after."""
    app = f"{sys.executable} -m examples.{example}"
    aws.script()
    before = {place: leftovers(aws, *place) for place in places}
    calls = len(aws.calls("DistributeImage"))
    try:
        run = aws.cdk("deploy", "--all", "--require-approval", "never", app=app, cwd=ROOT, context=context)
        app = assembly_of(run)
        (call,) = aws.calls("DistributeImage")[calls:]
        yield call
    finally:
        aws.cdk("destroy", "--all", "--force", app=app, cwd=ROOT, context=context)
    assert {place: leftovers(aws, *place) for place in before} == before


def stack(aws: LocalAws, name: str, region: str = HOME, account: str | None = None) -> dict[str, Any]:
    """Describe a stack."""
    (found,) = aws.client("cloudformation", region, account).describe_stacks(StackName=name)["Stacks"]
    return dict(found)


def outputs(described: Mapping[str, Any]) -> dict[str, str]:
    """Return the outputs of a stack that was described."""
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def amis_of(aws: LocalAws, stack_name: str) -> dict[tuple[str, str], str]:
    """Return the AMIs of a stack's distribution by Region and account, as GetImage lists them."""
    resources = aws.client("cloudformation").describe_stack_resources(StackName=stack_name)["StackResources"]
    (arn,) = [
        resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "Custom::ImageDistribution"
    ]
    image = aws.client("imagebuilder").get_image(imageBuildVersionArn=arn)["image"]
    assert image["state"]["status"] == "AVAILABLE"
    return {(ami["region"], ami["accountId"]): ami["image"] for ami in image["outputResources"]["amis"]}


def exists(aws: LocalAws, ami: str, region: str, account: str | None = None) -> bool:
    """Return whether an account owns an AMI in a Region."""
    filters = [{"Name": "image-id", "Values": [ami]}]
    return bool(aws.client("ec2", region, account).describe_images(Owners=["self"], Filters=filters)["Images"])


def started_by_template(aws: LocalAws, region: str, *, resolved: bool = True) -> str:
    """Return the AMI in the latest version of a Region's only launch template, resolved by EC2 or as it was written."""
    ec2 = aws.client("ec2", region)
    (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
    (version,) = ec2.describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"], ResolveAlias=resolved
    )["LaunchTemplateVersions"]
    return str(version["LaunchTemplateData"]["ImageId"])


def test_many_regions(everywhere: LocalAws) -> None:
    """One distribution makes an AMI in each of three Regions, and each Region's launch template names its own.

    The other Regions' templates name the SSM parameter that the distribution wrote. That EC2 starts the AMI in it is
    shown by what EC2 answers to ResolveAlias: no instance is started, since the local EC2 has no machines. The AMIs
    and the parameters stay.
    """
    aws = everywhere
    source = aws.register_source_ami("many-regions")
    others = ("eu-central-1", "us-east-1")
    places = [(region, aws.account) for region in (HOME, *others)]
    with deployed(aws, "many_regions", {"sourceImage": source}, places) as call:
        assert call.parameters["sourceImage"] == source
        home = stack(aws, "ManyRegions")
        elsewhere = [stack(aws, f"ManyRegions-{region}", region) for region in others]
        assert {described["StackStatus"] for described in (home, *elsewhere)} == {"CREATE_COMPLETE"}

        amis = amis_of(aws, "ManyRegions")
        assert list(amis) == places
        assert len({source, *amis.values()}) == 4
        assert all(exists(aws, ami, *place) for place, ami in amis.items())
        assert outputs(home) == {f"Ami{region.replace('-', '')}": amis[region, aws.account] for region in others}
        assert started_by_template(aws, HOME, resolved=False) == amis[HOME, aws.account]
        for region in others:
            assert started_by_template(aws, region, resolved=False) == "resolve:ssm:/golden/linux"
            assert started_by_template(aws, region) == amis[region, aws.account]
    assert all(exists(aws, ami, *place) for place, ami in amis.items())


def check_organisation(aws: LocalAws, call: Any, source: str, targets: Iterable[str]) -> None:
    """Check what both examples promise: copies that their accounts own, made with roles that were there before."""
    assert call.parameters["sourceImage"] == source
    organisation = stack(aws, "Organisation")
    assert organisation["StackStatus"] == "CREATE_COMPLETE"
    amis = amis_of(aws, "Organisation")
    assert sorted(amis) == sorted((region, a) for region in (HOME, "us-east-1") for a in (aws.account, *targets))
    assert len({source, *amis.values()}) == len(amis) + 1
    assert all(exists(aws, ami, *place) for place, ami in amis.items())
    assert outputs(organisation) == {f"Ami{target}": amis[HOME, target] for target in targets}
    for target in targets:
        assert not exists(aws, amis[HOME, target], HOME)
        role = aws.client("iam", account=target).get_role(RoleName=ROLE)["Role"]
        assert role["Arn"] == f"arn:aws:iam::{target}:role/{ROLE}"
        assert role["CreateDate"].timestamp() <= call.time


def test_organisation(everywhere: LocalAws) -> None:
    """Each target account gets its role by a stack, deployed across accounts by the CDK CLI, and then its AMIs.

    The CLI has credentials of the distributing account alone, and assumes the roles that `cdk bootstrap --trust` made
    in the others. That a distribution to an account without the role fails is tested in local_aws/. The AMIs
    stay.
    """
    aws = everywhere
    source = aws.register_source_ami("organisation")
    places = [(region, account) for region in (HOME, "us-east-1") for account in (aws.account, *TARGETS)]
    context = {"sourceImage": source, "account": aws.account, "targets": ",".join(TARGETS)}
    with deployed(aws, "organisation", context, places) as call:
        for target in TARGETS:
            assert stack(aws, f"Target-{target}", account=target)["StackStatus"] == "CREATE_COMPLETE"
        check_organisation(aws, call, source, TARGETS)
    for target in TARGETS:
        assert ROLE not in [role["RoleName"] for role in aws.client("iam", account=target).list_roles()["Roles"]]


def account_in_a_unit(aws: LocalAws, name: str) -> tuple[str, str]:
    """Make an account in a unit of the management account's organisation, and return the ids of both."""
    organizations = aws.client("organizations", account=MANAGEMENT)
    (root,) = organizations.list_roots()["Roots"]
    unit = organizations.create_organizational_unit(ParentId=root["Id"], Name=name)["OrganizationalUnit"]["Id"]
    status = organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
    account = str(status["AccountId"])
    organizations.move_account(AccountId=account, SourceParentId=root["Id"], DestinationParentId=unit)
    return str(unit), account


def test_organisation_stack_set(everywhere: LocalAws) -> None:
    """The StackSet, of a third account, brings the role to an account that was never bootstrapped; then AMIs come.

    The local AWS makes the StackSet's stacks itself, from the template in it and for the accounts that Organizations
    has in the unit. Not shown, since it is not part of the local AWS: that an account which joins the unit later gets
    the role by itself, and that an organisation must first trust StackSets.
    """
    aws = everywhere
    source = aws.register_source_ami("organisation-stack-set")
    unit, target = account_in_a_unit(aws, "images")
    places = [(region, a) for region in (HOME, "us-east-1") for a in (aws.account, MANAGEMENT, target)]
    context = {
        "sourceImage": source,
        "account": aws.account,
        "targets": target,
        "managementAccount": MANAGEMENT,
        "organizationalUnit": unit,
    }
    with deployed(aws, "organisation_stack_set", context, places) as call:
        assert stack(aws, "TargetAccounts", account=MANAGEMENT)["StackStatus"] == "CREATE_COMPLETE"
        (instance,) = aws.client("cloudformation", HOME, target).describe_stacks()["Stacks"]
        assert instance["StackName"].startswith("StackSet-image-distribution-target-roles-")
        assert instance["StackStatus"] == "CREATE_COMPLETE"
        check_organisation(aws, call, source, [target])
    assert aws.client("iam", account=target).list_roles()["Roles"] == []
