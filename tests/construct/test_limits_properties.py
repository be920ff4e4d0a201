"""What Image Builder's own patterns accept, the checks accept; what they refuse, the checks refuse.

The patterns are those of the API's model in botocore, so that a changed one fails here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import botocore.session
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdk_image_distribution import _limits as limits

DATE = "{{ imagebuilder:buildDate }}"


@dataclass(frozen=True)
class Shape:
    """A text of the API: its pattern, of the whole text, and its lengths; without a longest, any."""

    pattern: re.Pattern[str]
    shortest: int
    longest: int | None

    def accepts(self, value: str) -> bool:
        """Return whether the API takes a text."""
        if len(value) < self.shortest or (self.longest is not None and len(value) > self.longest):
            return False
        return bool(self.pattern.fullmatch(value))

    # To make a strategy takes longer than to draw from it.
    @cached_property
    def texts(self) -> st.SearchStrategy[str]:
        """Texts that the API takes."""
        return st.from_regex(self.pattern, fullmatch=True).filter(self.accepts)

    @cached_property
    def others(self) -> st.SearchStrategy[str]:
        """Texts that the API refuses: any, and those that are wrong by a character or two."""
        # Space and digit by Unicode, to Python, but not to the API; and a last line that "$" would let pass.
        inserted = st.one_of(st.text(max_size=2), st.sampled_from(["\u00a0", "\u0661", "\n"]))
        wrong = st.builds(_spoilt, self.texts, st.integers(0, 200), st.integers(0, 2), inserted)
        long = self.texts.map(lambda value: value + value[-1:] * (self.longest or 0))
        return st.one_of(st.text(), wrong, long).filter(lambda value: not self.accepts(value))


@cache
def shape(name: str) -> Shape:
    """Return a shape of the newest model of Image Builder that botocore has."""
    model: dict[str, Any] = botocore.session.get_session().get_service_model("imagebuilder").shape_for(name).metadata
    pattern = model.get("pattern", ".*").removeprefix("^").removesuffix("$")
    # Java's classes, unlike Python's, are of ASCII; and a text of the pattern's is all of it, new lines too.
    return Shape(re.compile(pattern, re.ASCII | re.DOTALL), model.get("min", 0), model.get("max"))


def _spoilt(value: str, position: int, dropped: int, inserted: str) -> str:
    position = min(position, len(value))
    return value[:position] + inserted + value[position + dropped :]


def passes(check: Callable[[str, str], None], value: str) -> bool:
    """Return whether a check lets a text pass."""
    try:
        check("argument", value)
    except ValueError as refusal:
        assert str(refusal).startswith("argument must ")
        return False
    return True


CHECKS = {
    "AccountId": limits.check_account,
    "DistributionConfigurationArn": limits.check_configuration_arn,
    "ImageVersionArnOrBuildVersionArn": limits.check_image_arn,
    "LaunchTemplateId": limits.check_launch_template_id,
    "LogGroupName": limits.check_log_group_name,
    "ResourceName": limits.check_configuration_name,
    "SsmParameterName": limits.check_ssm_parameter_name,
}

# The same examples in each run, so that main is not red by chance.
unhurried = settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", CHECKS)
@given(data=st.data())
@unhurried
def test_a_check_is_the_apis_pattern(name: str, data: st.DataObject) -> None:
    """Neither narrower nor wider, to the last character."""
    assert passes(CHECKS[name], data.draw(shape(name).texts, label="accepted"))
    assert not passes(CHECKS[name], data.draw(shape(name).others, label="refused"))


@given(data=st.data())
@unhurried
def test_a_role_is_the_apis_pattern_for_arns(data: st.DataObject) -> None:
    """The API takes names too, but a construct's role has an ARN."""
    role = shape("RoleNameOrArn")
    arn = Shape(re.compile(role.pattern.pattern.replace(")?", ")", 1)), role.shortest, role.longest)
    assert passes(limits.check_role_arn, data.draw(arn.texts, label="accepted"))
    assert not passes(limits.check_role_arn, data.draw(role.others, label="refused"))


@given(data=st.data())
@unhurried
def test_an_amis_name_is_the_apis_pattern_with_the_date(data: st.DataObject) -> None:
    """The date is a rule of its own, in the API's words only."""
    name = shape("AmiNameString")
    part = st.from_regex(r"[-_A-Za-z0-9\s:{}.]{0,60}", fullmatch=True)
    dated = data.draw(st.builds(lambda before, after: before + DATE + after, part, part), label="dated")
    assert passes(limits.check_ami_name, dated) is name.accepts(dated)
    undated = data.draw(name.texts.filter(lambda value: "imagebuilder:buildDate" not in value), label="undated")
    assert not passes(limits.check_ami_name, undated)
    assert not passes(limits.check_ami_name, data.draw(name.others, label="refused"))


@given(key=shape("TagKey").texts, value=st.text(max_size=256))
@unhurried
def test_a_tag_that_the_api_takes_is_taken(key: str, value: str) -> None:
    """But for the prefixes that AWS, in any case of letters, and this construct keep for themselves."""
    kept = key.lower().startswith("aws:") or key.startswith(limits.OUR_TAG_PREFIX)
    assert (limits.tag_problems({key: value}) == []) is not kept


@given(key=shape("TagKey").others)
@unhurried
def test_a_tags_key_that_the_api_refuses_is_refused(key: str) -> None:
    """Too long, empty, or of characters that it does not take."""
    (problem,) = limits.tag_problems({key: "value"})
    assert problem.startswith("tags must have ")
    assert problem.endswith(f"Tags.of(distribution).remove({json.dumps(key)}).")


@given(value=st.text(min_size=257, max_size=400))
@unhurried
def test_a_tags_value_that_the_api_refuses_is_refused(value: str) -> None:
    """Longer than it takes; the limit is the model's."""
    assert shape("TagValue").longest == 256
    assert limits.tag_problems({"key": value}) == [
        f"tags must have values of at most 256 characters, got {len(value)} for the key 'key'. Shorten the value, or "
        'remove the tag: Tags.of(distribution).remove("key").'
    ]


def test_every_limit_of_the_model_is_looked_at() -> None:
    """The shapes are those of the model, not defaults of this test."""
    for name in (*CHECKS, "RoleNameOrArn", "AmiNameString", "TagKey"):
        assert shape(name).pattern.pattern != ".*"
    assert (shape("SsmParameterName").longest, shape("TagKey").longest, shape("AmiNameString").longest) == (
        1011,
        128,
        127,
    )
