"""Write the generated tables of README.md and docs/: arguments, members and versions, from the code."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from pathlib import Path

import cdk_image_distribution as package

ROOT = Path(__file__).parent.parent

#: Members that are internal although their names are public.
_INTERNAL = {"ImageDistribution": {"cdk_tag_manager"}, "SourceImage": {"bind", "of"}}


def tables() -> dict[str, str]:
    """Return each generated table by the name in its marker."""
    found = {"versions": versions()}
    for name in package.__all__:
        documented = getattr(package, name)
        arguments = list(_keywords(documented))
        if arguments:
            rows = [(f"`{it.name}`", _default(it, documented), argument_text(documented, it.name)) for it in arguments]
            found[f"arguments {name}"] = _markdown(("argument", "default", "meaning"), rows)
        members = [(f"`{member}{_signature(value)}`", _summary(value)) for member, value in public_members(documented)]
        if members:
            found[f"members {name}"] = _markdown(("name", "meaning"), members)
    return found


def public_members(documented: type) -> Iterator[tuple[str, object]]:
    """Yield the public members that the package defines, without those that every construct has."""
    internal = _INTERNAL.get(documented.__name__, set())
    kinds = [kind for kind in documented.__mro__ if kind.__module__.startswith(package.__name__)]
    names = dict.fromkeys(name for kind in reversed(kinds) for name in vars(kind))
    for name in names:
        if not name.startswith("_") and name not in internal:
            yield name, inspect.getattr_static(documented, name)


def argument_text(documented: type, name: str) -> str:
    """Return the first sentence that a class's docstring has about an argument.

    Raises:
        ValueError: The docstring does not describe the argument.
    """
    return _first_sentence(_described(documented, name))


def versions() -> str:
    """Return the lowest versions of pyproject.toml and the newest of requirements/dev.txt."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    pins = (ROOT / "requirements" / "dev.txt").read_text("utf-8")
    pythons = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    (dependencies,) = re.findall(r"^dependencies = \[\n(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    rows = [("Python", pythons[0], pythons[-1])]
    for name, lowest in re.findall(r'"([a-z0-9-]+)[>=]=([0-9.]+)', dependencies):
        (newest,) = re.findall(rf"^{name}==([0-9.]+)", pins, re.MULTILINE)
        rows.append((f"`{name}`", lowest, newest))
    return _markdown(("package", "lowest", "newest tested"), rows)


def _described(documented: type, name: str) -> str:
    pattern = rf"^    {name}: (.+?)(?=^    \w+: |^\w|\Z)"
    described = re.search(pattern, inspect.getdoc(documented) or "", re.MULTILINE | re.DOTALL)
    if described is None:
        raise ValueError(f"The docstring of {documented.__name__} must describe {name}.")
    return " ".join(described[1].split())


def _keywords(documented: type) -> Iterator[inspect.Parameter]:
    for parameter in inspect.signature(documented.__init__).parameters.values():  # type: ignore[misc]  # of a class
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            yield parameter


def _default(parameter: inspect.Parameter, documented: type) -> str:
    default = parameter.default
    if default is inspect.Parameter.empty:
        return "required"
    if default is None:
        stated = re.search(r"Default: (.+?)\.$", _described(documented, parameter.name))
        return stated[1] if stated else "`None`"
    if isinstance(default, Enum):
        return f"`{default.name}`"
    return f"`{default!r}`"


def _signature(member: object) -> str:
    function = getattr(member, "__func__", member)
    if not inspect.isfunction(function):
        return ""
    parameters = list(inspect.signature(function).parameters.values())
    if not isinstance(member, staticmethod):
        parameters = parameters[1:]
    return f"({', '.join(_shown(it) for it in parameters)})"


def _shown(parameter: inspect.Parameter) -> str:
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return "…"
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return f"*{parameter.name}"
    return parameter.name + ("" if parameter.default is inspect.Parameter.empty else "=…")


def _summary(member: object) -> str:
    return _first_sentence(inspect.getdoc(member) or "")


def _first_sentence(text: str) -> str:
    flat = " ".join(text.split())
    sentence = re.match(r"(.+?\.)(?= |$)", flat)
    return (sentence[1] if sentence else flat).replace("|", r"\|")


def _markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def pages() -> list[Path]:
    """Return every page that may have a generated table."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def with_tables(text: str, table: Callable[[str], str]) -> str:
    """Return a page with the content between its markers replaced."""
    return re.sub(
        r"(?P<start><!-- table: (?P<name>[\w ]+) -->\n).*?(?P<end><!-- /table -->)",
        lambda match: f"{match['start']}\n{table(match['name'])}\n{match['end']}",
        text,
        flags=re.DOTALL,
    )


def main() -> int:
    """Write the tables.

    Returns:
        The exit code.
    """
    known = tables()
    for path in pages():
        path.write_text(with_tables(path.read_text("utf-8"), known.__getitem__), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
