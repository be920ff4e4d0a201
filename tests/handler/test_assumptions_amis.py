"""What AWS leaves undocumented about AMIs and no other test covers: the handler is right under each answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import ACCOUNT, OTHER_ACCOUNT, SOURCE_AMI, SimulatedAccount

from .edited_image_builder import EditedImageBuilder
from .steps import created, deleted, is_clean, waited

HOME = {"AmiId.eu-west-1": {"Region": "eu-west-1"}}
AUTO_DELETE = {"AutoDeleteAmis": "true", "LifecycleRole": f"arn:aws:iam::{ACCOUNT}:role/Lifecycle"}


def home_copy(account: SimulatedAccount) -> str:
    """Return the id of the copy in the home Region."""
    (ami,) = [ami for region, _, ami in account.amis.amis if region == "eu-west-1"]
    return ami


@pytest.mark.parametrize("home_is_source", [True, False])
def test_wait_answers_the_home_ami_whether_it_is_a_copy_or_the_source(
    account: SimulatedAccount, home_is_source: bool
) -> None:
    """Image Builder may make no copy in the home Region and list the source there."""
    account.amis.home_is_source = home_is_source
    data = waited(account, created(account), properties={"AmiIds": HOME})
    assert data["AmiId.eu-west-1"] == (SOURCE_AMI if home_is_source else home_copy(account))


@pytest.mark.parametrize("listed", ["first", "last"])
def test_wait_answers_the_last_ami_of_the_home_region(
    account: SimulatedAccount, listed: Literal["first", "last"]
) -> None:
    """GetImage may list the source AMI before or after the copy; in any case the source is never deleted."""
    account.builder.script.outcomes.append(Outcome(lists_source=listed))
    arn = created(account, **AUTO_DELETE)
    data = waited(account, arn, properties={"AmiIds": HOME})
    assert data["AmiId.eu-west-1"] == (home_copy(account) if listed == "first" else SOURCE_AMI)
    deleted(account, arn, **AUTO_DELETE)
    assert account.amis.ami_exists(SOURCE_AMI)


def test_wait_answers_the_amis_that_are_listed_only_at_the_end(account: SimulatedAccount) -> None:
    """GetImage may list no AMI while the distribution runs."""
    account.builder.script.outcomes.append(Outcome(lists_at_end=True))
    data = waited(account, created(account), properties={"AmiIds": HOME})
    assert data["AmiId.eu-west-1"] == home_copy(account)


def test_delete_keeps_a_home_ami_without_the_tags_of_image_builder(
    account: SimulatedAccount, caplog: pytest.LogCaptureFixture
) -> None:
    """Without its tag a copy cannot be told from a source that a parameter names: it is kept, the others go."""
    account.amis.parameters["/golden"] = SOURCE_AMI
    properties = {"SourceImage": "ssm:/golden", **AUTO_DELETE}
    arn = created(account, **properties)
    account.settle(60)
    home = home_copy(account)
    account.amis.here[home].tags.clear()
    deleted(account, arn, **properties)
    assert is_clean(account)
    assert account.copies == [home]
    kept, said = caplog.text.index("AMIs in eu-west-1 are kept"), caplog.text.index("Deleting AMIs, but for those kept")
    assert kept < said
    assert f"{home}, us-east-1 ami-" in caplog.text[said:]


def test_delete_succeeds_if_amis_of_other_accounts_stay(account: SimulatedAccount) -> None:
    """The lifecycle execution may succeed although it does not reach another account."""
    arn = created(account, **AUTO_DELETE)
    account.settle(60)
    deregister = account.amis.deregister_ami

    def own_account_only(region: str, owner: str, ami: str, snapshots: bool) -> None:
        if owner == ACCOUNT:
            deregister(region, owner, ami, snapshots)

    account.amis.deregister_ami = own_account_only  # type: ignore[assignment, method-assign]
    deleted(account, arn, **AUTO_DELETE)
    assert is_clean(account)
    assert {owner for _, owner, _ in account.amis.amis} == {OTHER_ACCOUNT}


def test_delete_succeeds_if_a_cancellation_removes_the_amis(account: SimulatedAccount) -> None:
    """Image Builder may remove what a cancelled distribution had made, and still list it."""
    account.builder.script.outcomes.append(Outcome(hang="INTEGRATING"))
    arn = created(account, **AUTO_DELETE)
    account.settle(10)
    assert account.copies

    def edit(operation: str, parameters: dict[str, Any], proceed: Any) -> Mapping[str, Any]:
        if operation == "CancelImageCreation":
            for region, owner, ami in list(account.amis.amis):
                account.amis.deregister_ami(region, owner, ami, True)
        return proceed()  # type: ignore[no-any-return]

    EditedImageBuilder(account, edit)
    deleted(account, arn, **AUTO_DELETE)
    account.settle()
    assert is_clean(account)
