"""No arrangement of distributions and of what they refer to makes a cycle or a dangling reference."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from .. import template_check, template_graph
from .generated_apps import (
    PLACEMENTS,
    Arrangement,
    Placement,
    arrangements,
    synthesise,
    synthesise_places,
)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(arrangements())
def test_any_arrangement_in_a_stack_can_be_deployed(arrangement: Arrangement) -> None:
    """Whatever depends on what, as long as the app itself asks for no cycle."""
    with tempfile.TemporaryDirectory() as folder:
        synthesise(arrangement, Path(folder))
        template = json.loads((Path(folder) / "Stack.template.json").read_text())
    assert template_graph.problems(template) == []


@settings(max_examples=16, deadline=None, derandomize=True, database=None)
@given(PLACEMENTS)
def test_any_placement_in_stacks_can_be_deployed(placement: Placement) -> None:
    """Keys and parameters in nested stacks, siblings and other Regions, with the same ids in each; conditions too."""
    with tempfile.TemporaryDirectory() as folder:
        synthesise_places(placement, Path(folder))
        assert template_check.problems(Path(folder), template_check.REFERENCES) == []


def test_the_rules_about_references_find_what_is_wrong(tmp_path: Path) -> None:
    """An attribute that a resource does not have, which the graph alone does not show."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::GetAtt": ["Other", "Nothing"]}}}
    template = {"Resources": {"Other": {"Type": "AWS::SNS::Topic"}, "Topic": topic}}
    (tmp_path / "Stack.template.json").write_text(json.dumps(template))
    assert template_graph.problems(template) == []
    (problem,) = template_check.problems(tmp_path, template_check.REFERENCES)
    assert "'Nothing' is not one of" in problem


def test_the_graph_finds_conditions_and_mappings_that_are_not_there() -> None:
    """A template cannot name those of another one."""
    functions = [{"Fn::If": ["Flagged", "a", "b"]}, {"Fn::FindInMap": ["Names", {"Ref": "AWS::Region"}, "a"]}]
    template: dict[str, Any] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": functions}}}}
    assert template_graph.problems(template) == [
        "Resources.Topic names Flagged of Conditions, which is not in the template",
        "Resources.Topic names Names of Mappings, which is not in the template",
    ]
    there: dict[str, Any] = {"Conditions": {"Flagged": {}}, "Mappings": {"Names": {}}}
    assert template_graph.problems({**template, **there}) == []
