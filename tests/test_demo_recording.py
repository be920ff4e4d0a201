"""The recording of the demo: what a terminal showed, and when, as a picture that moves by itself."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tools.demo_recording import TARGET, Picture, recorded, shortened, svg

PROGRAM = """
import sys, time
print("\\x1b[32mfirst  line\\x1b[0m")
sys.stdout.flush(); time.sleep(1.2)
print("\\x1b[1A\\x1b[2Ksecond <line>")
"""
NAMESPACE = "{http://www.w3.org/2000/svg}"


def test_terminal_is_recorded_as_it_changes() -> None:
    """Colors, and a line that replaces another one."""
    pictures = list(recorded([sys.executable, "-c", PROGRAM]))
    assert pictures[0].lines[0] == ((0, "first", "#3fb950"), (7, "line", "#3fb950"))
    assert [text for _, text, _ in pictures[-1].lines[0]] == ["second <line>"]
    assert pictures[-1].begins > pictures[0].begins


def test_command_that_fails_is_no_recording() -> None:
    """Its picture would show an error."""
    with pytest.raises(subprocess.CalledProcessError):
        list(recorded([sys.executable, "-c", "raise SystemExit(3)"]))


def test_long_pauses_are_cut_short() -> None:
    """A reader does not wait as long as the demo did."""
    pictures = shortened([Picture(3, []), Picture(4, []), Picture(90, [])])
    assert [picture.begins for picture in pictures] == [0, 1, 2.2]


def test_each_line_is_seen_when_the_terminal_showed_it() -> None:
    """A line that stays is one element that is never hidden; one that goes is hidden from then on."""
    stays, goes = ((0, "stays", "#e6edf3"),), ((0, "goes", "#e6edf3"),)
    picture = ElementTree.fromstring(svg([Picture(0, [stays, goes]), Picture(4, [stays, ()])]))
    lines = {found.find(f"{NAMESPACE}text").text: found for found in picture.findall(f"{NAMESPACE}g/{NAMESPACE}g")}  # type: ignore[union-attr]
    assert lines["stays"].find(f"{NAMESPACE}animate") is None
    animation = lines["goes"].find(f"{NAMESPACE}animate")
    assert animation is not None
    assert (animation.get("values"), animation.get("keyTimes")) == ("visible;hidden", "0.0000;0.4000")


def test_recording_in_the_documents_shows_the_whole_demo() -> None:
    """It is well-formed, loads nothing, and ends with what is left."""
    source = TARGET.read_text(encoding="utf-8")
    ElementTree.fromstring(source)
    assert "href" not in source
    for shown in ("cdk bootstrap", "copying", "100%", "DELETE_COMPLETE", "3 AMIs in 3 Regions stay, by design"):
        assert shown in source
