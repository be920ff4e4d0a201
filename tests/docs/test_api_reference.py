"""The API reference that `make docs` writes has every public name with its docstring, and nothing of CDK's own."""

from __future__ import annotations

import inspect
import re
import subprocess
from collections import defaultdict
from functools import cache
from html.parser import HTMLParser

import pytest

import cdk_image_distribution

from .pages import ROOT


class Reference(HTMLParser):
    """The page of the package: what it says of each name, without the source that it shows beside.

    Attributes:
        docstrings: What is said, by the name.
        signatures: The signatures, by the name; that of a class is its `__init__`'s.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.docstrings: defaultdict[str, str] = defaultdict(str)
        self.signatures: defaultdict[str, str] = defaultdict(str)
        self._name = ""
        self._inside: list[tuple[str, defaultdict[str, str] | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note whose part of the page begins, and whether it is what we look for."""
        found = dict(attributes)
        kinds = (found.get("class") or "").split()
        if tag in ("section", "div") and found.get("id"):
            self._name = found["id"] or ""
        outer = self._inside[-1][1] if self._inside else None
        into = self.docstrings if "docstring" in kinds else self.signatures if "signature" in kinds else outer
        if tag not in ("br", "hr", "img", "input", "link", "meta", "wbr"):
            self._inside.append((tag, into))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and those in it that HTML lets stay open."""
        while self._inside and self._inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        into = self._inside[-1][1] if self._inside else None
        if into is not None:
            into[self._name] += data


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """The page, made as a user makes it but for the environment, which is there."""
    folder = tmp_path_factory.mktemp("reference")
    command = ["make", "--silent", "--old-file=install", "docs", f"REFERENCE={folder}"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert "Warn" not in finished.stderr
    assert {path.name for path in folder.iterdir()} == {"index.html", "cdk_image_distribution.html"}
    return Reference((folder / "cdk_image_distribution.html").read_text("utf-8"))


@cache
def public() -> dict[str, object]:
    """Return every public class, its public members and its constructor, by the names that the page gives them."""
    found: dict[str, object] = {}
    for name in cdk_image_distribution.__all__:
        found[name] = getattr(cdk_image_distribution, name)
        for member, value in vars(found[name]).items():
            if member == "__init__" or not member.startswith("_"):
                found[f"{name}.{member}"] = getattr(value, "__func__", value)
    return found


def words(text: str | None) -> list[str]:
    """Return the words of a text; pdoc spells out `Args`."""
    return re.findall(r"\w+", re.sub(r"\bArgs:", "Arguments:", text or ""))


@pytest.mark.parametrize("name", list(public()))
def test_every_public_name_is_there_with_its_own_docstring(reference: Reference, name: str) -> None:
    """Word by word; what a constructor inherits from CDK is left out, since it names other parameters."""
    docstring = public()[name].__doc__
    assert docstring or name.endswith(".__init__")
    assert words(reference.docstrings[name]) == words(docstring)


@pytest.mark.parametrize("name", [name for name, value in public().items() if inspect.isfunction(value)])
def test_every_parameter_is_there(reference: Reference, name: str) -> None:
    """In the signature; a constructor's are explained too, in the docstring of its class or in its own."""
    function = public()[name]
    assert inspect.isfunction(function)
    # The first is the object or its class.
    _, *parameters = inspect.signature(function).parameters
    assert set(parameters) <= set(words(reference.signatures[name]))
    if name.endswith(".__init__") and not function.__doc__:
        docstring = reference.docstrings[name.removesuffix(".__init__")]
        assert [word for word in re.findall(r"^(\w+):", docstring, re.MULTILINE) if word in parameters] == parameters


def test_nothing_else_is_there(reference: Reference) -> None:
    """No private member, and none that every construct has."""
    assert {name for name, said in reference.docstrings.items() if said} <= {"", *public()}
    assert set(reference.signatures) <= set(public())
