"""docs/upgrade.md: what starts a distribution and what does not, by the template and the handler's own comparison."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution, ImageDistributionProvider
from cdk_image_distribution import _handler_asset as handler_asset
from cdk_image_distribution import _provider as provider
from cdk_image_distribution_handler.ownership_tags import fingerprint
from tests.construct.stacks import all_arguments

from .changes import BEFORE, CHANGES, App
from .pages import page, text

_ROWS = page("docs/upgrade.md").table("What starts a distribution").rows


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: text(row[0]))
def test_a_change_distributes_as_the_page_says(row: list[Any]) -> None:
    """Yes if a resource is new or its fingerprint another, and `it fails` if its function is another."""
    answer = re.match("yes|no|it fails", text(row[1]))
    for before, after in CHANGES[text(row[0])]:
        old, new = before.deployed, after.deployed
        assert len(old) == len(new) == 1
        if old.keys() != new.keys():
            found = "yes"
        else:
            ((function, content),), ((other_function, other_content),) = old.values(), new.values()
            found = "it fails" if function != other_function else "yes" if content != other_content else "no"
        assert answer is not None
        assert found == answer[0]


def test_every_change_is_on_the_page() -> None:
    """A case whose row is gone proves nothing."""
    assert list(CHANGES) == [text(row[0]) for row in _ROWS]


def test_another_handler_changes_the_functions_code_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a new version of this package does: not one property of a custom resource, no logical id."""
    templates: list[dict[str, Any]] = []
    for version in ("", "# Another version.\n"):
        folder = tmp_path / f"version{len(templates)}"
        shutil.copytree(handler_asset.assemble(), folder)
        index = folder / "handler" / "index.py"
        index.write_text(index.read_text() + version)
        monkeypatch.setattr(provider, "assemble", lambda made=folder: made)
        stack = cdk.Stack(cdk.App(), "Stack")
        all_arguments(stack)
        templates.append(dict(Template.from_stack(stack).to_json()))
    before, after = (template["Resources"] for template in templates)
    assert list(before) == list(after)
    ((name, changed),) = ((name, found) for name, found in after.items() if found != before[name])
    assert changed["Type"] == "AWS::Lambda::Function"
    differing = {key for key, value in changed["Properties"].items() if value != before[name]["Properties"][key]}
    assert differing == {"Code"}


def test_fingerprint_stays_the_same_across_versions() -> None:
    """With another digest, the first rollback after an upgrade would not know the image that it returns to."""
    properties = {
        "SourceImage": "ami-0123456789abcdef0",
        "DistributionConfigurationArn": "configuration",
        "Revision": "2026-11 0123456789abcdef",
    }
    assert fingerprint(properties) == "de1784f2abd8e262340146e2b1aa525c786eb4336519e37b9a28bb85187b15f1"


def test_a_renamed_distribution_can_keep_its_logical_id() -> None:
    """As the page shows it: with its old logical id it is the same distribution, though its role is another."""

    def keep(stack: cdk.Stack, distribution: ImageDistribution) -> None:
        resource = distribution.node.default_child
        assert isinstance(resource, cdk.CfnResource)
        resource.override_logical_id(logical_id)

    ((_, logical_id),) = BEFORE.deployed
    assert App(id="Other", then=keep).deployed == BEFORE.deployed


def test_the_runtime_is_the_one_that_the_page_names() -> None:
    """A new runtime needs new dates on the page."""
    stack = cdk.Stack(cdk.App(), "Stack")
    ImageDistributionProvider(stack, "Provider")
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    assert function["Properties"]["Runtime"] in page("docs/upgrade.md").code
