"""Faults 5, 12 and 13: the policy suffices and no more, foreign tags stay, injected events reach no foreign image."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import ACCOUNT, IMAGE_ARN, PROPERTIES, STACK_ID, SimulatedAccount
from simulated_aws import event as injected_event

from .steps import WAIT_PROPERTIES, create, created, deleted, is_clean, updated, waited

P = "cdk-image-distribution:"
FOREIGN_STACK = STACK_ID.replace("Golden", "Foreign").replace("6c1f4f30", "7d1f4f30")
IMAGES = f"arn:aws:imagebuilder:eu-west-1:{ACCOUNT}:image/*"
RULES = f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/ami-6c1f4f30-1d1e-11ef-a5b1-0242ac120002-*"
LIFECYCLE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-image-distribution/6c1f4f30/Lifecycle"


def statement(actions: list[str], resource: str, **conditions: str) -> dict[str, Any]:
    """Return an Allow; `conditions` are StringEquals."""
    allowed: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return {**allowed, "Condition": {"StringEquals": conditions}} if conditions else allowed


#: The function's policy, as DESIGN.md and docs/permissions.md have it; tests/test_contract.py holds the template to it.
POLICY = {
    "Statement": [
        statement(["imagebuilder:GetImage"], IMAGES),
        statement(
            ["imagebuilder:DistributeImage", "imagebuilder:TagResource"],
            IMAGES,
            **{f"aws:RequestTag/{P}stack-id": STACK_ID},
        ),
        statement(
            [
                "imagebuilder:CancelImageCreation",
                "imagebuilder:DeleteImage",
                "imagebuilder:RetryImage",
                "imagebuilder:StartResourceStateUpdate",
                "imagebuilder:UntagResource",
            ],
            IMAGES,
            **{f"aws:ResourceTag/{P}stack-id": STACK_ID},
        ),
        statement(
            ["imagebuilder:GetLifecycleExecution"], f"arn:aws:imagebuilder:eu-west-1:{ACCOUNT}:lifecycle-execution/*"
        ),
        statement(
            ["imagebuilder:GetDistributionConfiguration"],
            f"arn:aws:imagebuilder:eu-west-1:{ACCOUNT}:distribution-configuration/*",
        ),
        statement(["events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:DeleteRule"], RULES),
        {
            **statement(["events:PutEvents"], f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/default"),
            "Condition": {"ForAllValues:StringEquals": {"events:source": "cdk-image-distribution"}},
        },
        statement(["events:ListRules", "tag:GetResources", "ec2:DescribeImages"], "*"),
        statement(
            [
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStackResource",
                "cloudformation:DescribeStacks",
            ],
            STACK_ID,
        ),
        statement(
            ["iam:PassRole"],
            f"arn:aws:iam::{ACCOUNT}:role/cdk-image-distribution/6c1f4f30/*",
            **{"iam:PassedToService": "imagebuilder.amazonaws.com"},
        ),
    ]
}
PATH_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-image-distribution/6c1f4f30/Execution"
OWN: dict[str, Any] = {"ExecutionRole": PATH_ROLE}
AUTO_DELETE: dict[str, Any] = {**OWN, "AutoDeleteAmis": "true", "LifecycleRole": LIFECYCLE_ROLE}


def pass_role(role: str) -> dict[str, Any]:
    """Return the policy for a role that a user passes in."""
    return {"Statement": [statement(["iam:PassRole"], role, **{"iam:PassedToService": "imagebuilder.amazonaws.com"})]}


@pytest.fixture
def guarded(account: SimulatedAccount) -> SimulatedAccount:
    """An account in which the function has its policy and no more."""
    account.permissions.put("Function", POLICY)
    return account


def test_policy_suffices_for_a_whole_life(guarded: SimulatedAccount) -> None:
    """Create, wait, change of tags, update, rollback, cancel, delete with AMIs: nothing is denied."""
    guarded.builder.script.outcomes += [Outcome(), Outcome(distributing=1000)]
    first = created(guarded, Tags={"a": "1", "b": "1"}, **AUTO_DELETE)
    waited(guarded, first)
    tags = {**AUTO_DELETE, "Tags": {"a": "2"}}
    assert updated(guarded, first, tags, {**AUTO_DELETE, "Tags": {"a": "1", "b": "1"}}) == first
    second = updated(guarded, first, {**tags, "Revision": "2"}, tags)
    assert updated(guarded, second, tags, {**tags, "Revision": "2"}, "UPDATE_ROLLBACK_IN_PROGRESS") == first
    deleted(guarded, second, "UPDATE_ROLLBACK_IN_PROGRESS", Revision="2", **AUTO_DELETE)
    deleted(guarded, first, **AUTO_DELETE)
    assert is_clean(guarded)
    assert [call for call in guarded.services.calls if "Denied" in call.outcome] == []


def test_old_role_is_passed_by_the_delete_of_the_old_image(guarded: SimulatedAccount) -> None:
    """A lifecycle role given by the user changes with the source; its policy goes only after the clean-up's Delete."""
    old_role, new_role = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("Old", "New"))
    before, after = ({**AUTO_DELETE, "LifecycleRole": role} for role in (old_role, new_role))
    guarded.permissions.put("PassOld", pass_role(old_role))
    old = created(guarded, **before)
    guarded.settle(60)
    # CloudFormation adds the new policy before the Update, and deletes the old one after the clean-up's Deletes.
    guarded.permissions.put("PassNew", pass_role(new_role))
    new = updated(guarded, old, {**after, "Revision": "2"}, before)
    deleted(guarded, old, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", **before)
    guarded.permissions.remove("PassOld")
    guarded.settle(60)
    deleted(guarded, new, Revision="2", **after)
    assert is_clean(guarded)
    assert guarded.copies == []


def test_foreign_tags_survive_every_update(account: SimulatedAccount) -> None:
    """A tag that others put on the image is not the construct's to remove."""
    arn = created(account, Tags={"Team": "a", "Cost": "1"})
    image = account.builder.store.images[arn]
    image.tags.update({"Scanned": "yes", "Team": "changed by hand"})
    assert updated(account, arn, {"Tags": {"Team": "b"}}, {"Tags": {"Team": "a", "Cost": "1"}}) == arn
    assert updated(account, arn, {}, {"Tags": {"Team": "b"}}) == arn
    assert {key: value for key, value in image.tags.items() if not key.startswith(P)} == {"Scanned": "yes"}


def test_foreign_tags_survive_a_rollback(account: SimulatedAccount) -> None:
    """A rollback to the image changes only the tags of the user's own that the update changed."""
    before = {"Tags": {"Team": "a"}}
    old = created(account, **before)
    account.builder.store.images[old].tags["Scanned"] = "yes"
    changed = {"Revision": "2", "Tags": {"Other": "b"}}
    new = updated(account, old, changed, before)
    assert updated(account, new, before, changed, "UPDATE_ROLLBACK_IN_PROGRESS") == old
    tags = account.builder.store.images[old].tags
    assert {key: value for key, value in tags.items() if not key.startswith(P)} == {"Team": "a", "Scanned": "yes"}


def foreign_image(account: SimulatedAccount, **tags: str) -> str:
    """Make an image of another stack, with tags as given, and return its ARN."""
    answer = account.builder.call(
        "DistributeImage",
        sourceImage=PROPERTIES["SourceImage"],
        distributionConfigurationArn=PROPERTIES["DistributionConfigurationArn"],
        executionRole="Foreign",
        clientToken="foreign",
        tags={P + "stack-id": FOREIGN_STACK, P + "logical-id": "Theirs", P + "held": "no", **tags},
    )
    account.settle(60)
    return str(answer["imageBuildVersionArn"])


@pytest.mark.parametrize("stack_id", [STACK_ID, FOREIGN_STACK])
@pytest.mark.parametrize("kind", ["Delete", "Update", "wait", "sweep"])
@pytest.mark.parametrize("is_polled", [True, False])
def test_injected_event_does_not_reach_a_foreign_image(
    guarded: SimulatedAccount, stack_id: str, kind: str, is_polled: bool
) -> None:
    """Whoever may put EventBridge rules and targets can send the function any event; a foreign image stays as it is."""
    foreign = foreign_image(guarded)
    tags = dict(guarded.builder.store.images[foreign].tags)
    properties: dict[str, Any] = {**PROPERTIES, **AUTO_DELETE, "Tags": {"Owned": "yes"}}
    fields: dict[str, Any] = {"StackId": stack_id, "PhysicalResourceId": foreign, "ResourceProperties": properties}
    if stack_id == FOREIGN_STACK:
        fields["LogicalResourceId"] = "Theirs"
    if kind == "wait":
        fields |= {
            "ResourceType": "Custom::ImageDistributionWait",
            "ResourceProperties": {**WAIT_PROPERTIES, "ImageArn": foreign},
        }
    if is_polled:
        fields |= {"Began": guarded.now, "Deadline": guarded.now + 900, "State": {}}
    if kind == "sweep":
        fields |= {"Began": guarded.now, "Deadline": guarded.now + 900}
        fields["State"] = {"answer": IMAGE_ARN, "leftovers": [foreign]}
    request_type = {"wait": "Create", "sweep": "Update"}.get(kind, kind)
    if request_type == "Update":
        fields["OldResourceProperties"] = dict(PROPERTIES)
    guarded.function.send(injected_event(request_type, **fields))
    guarded.settle(2400)
    assert guarded.builder.store.images[foreign].tags == tags
    assert guarded.status_of(foreign) == "AVAILABLE"


def test_tagged_image_is_not_handed_out_by_an_update(guarded: SimulatedAccount) -> None:
    """Somebody who may only tag images copies every ownership tag to an image: an update starts its own."""
    old = created(guarded, **OWN)
    forged = foreign_image(guarded)
    guarded.builder.store.images[forged].tags.update(guarded.builder.store.images[old].tags)
    guarded.builder.store.images[forged].tags[P + "replaces"] = old
    guarded.settle(1)
    new = updated(guarded, old, {**OWN, "Revision": "2"}, OWN)
    assert new not in (old, forged)


def test_amis_of_a_tagged_image_are_never_deleted(guarded: SimulatedAccount) -> None:
    """The sweep may delete the record of an image that was tagged as left over; its AMIs are kept."""
    old = created(guarded, **AUTO_DELETE)
    guarded.settle(60)
    forged = foreign_image(guarded)
    amis = {copy["image"] for copy in guarded.builder.store.images[forged].copies}
    guarded.builder.store.images[forged].tags.update(
        {P + "stack-id": STACK_ID, P + "logical-id": "Distribution830FAC52", P + "held": "no"}
    )
    guarded.settle(1)
    deleted(guarded, old, **AUTO_DELETE)
    assert amis <= set(guarded.copies)


def test_forged_predecessor_of_another_stack_is_not_returned_to(account: SimulatedAccount) -> None:
    """A rollback follows `replaces` only to images that carry the stack's own tags."""
    foreign = foreign_image(account)
    old = created(account)
    new = updated(account, old, {"Revision": "2"}, {})
    account.builder.store.images[new].tags[P + "replaces"] = foreign
    assert updated(account, new, {}, {"Revision": "2"}, "UPDATE_ROLLBACK_IN_PROGRESS") == new


def test_loop_of_forged_predecessors_ends(account: SimulatedAccount) -> None:
    """Tags can be written by others, so they may form a circle."""
    old = created(account)
    new = updated(account, old, {"Revision": "2"}, {})
    account.builder.store.images[old].tags[P + "replaces"] = new
    account.builder.store.images[old].tags[P + "fingerprint"] = "other"
    assert updated(account, new, {}, {"Revision": "2"}, "UPDATE_ROLLBACK_IN_PROGRESS") == new


def test_create_needs_no_permission_for_images_without_its_tag(guarded: SimulatedAccount) -> None:
    """DistributeImage is allowed only with the stack's own tag in the request: another stack's is refused."""
    answer = create(guarded, **OWN)
    assert answer["Status"] == "SUCCESS"
    other = guarded.request("Create", StackId=FOREIGN_STACK, ResourceProperties={**PROPERTIES, **OWN})
    guarded.stacks.stacks[FOREIGN_STACK] = guarded.stack
    assert guarded.operate(other)["Status"] == "FAILED"
