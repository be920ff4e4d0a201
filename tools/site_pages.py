"""MkDocs hook: adds the home page, the changelog and the API reference, and adapts links to the repository."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import normpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_ROOT = Path(__file__).parent.parent
_API = """# API reference

Import every name from `cdk_image_distribution`.

"""
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")
#: Files of the repository that are pages of the site.
_PAGES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    for source, name in _PAGES.items():
        files.append(File.generated(config, name, content=(_ROOT / source).read_text("utf-8")))
    files.append(File.generated(config, "api.md", content=_API + "\n\n".join(f"::: {it}" for it in _public())))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to pages of the site. A link to another file of the repository becomes its text."""
    folder = "" if page.file.src_uri in _PAGES.values() else "docs"

    def adapted(match: re.Match[str]) -> str:
        target, _, anchor = match["target"].partition("#")
        if "://" in target or target.startswith("mailto:") or not target:
            return match[0]
        path = normpath(f"{folder}/{target}" if folder else target)
        name = _PAGES.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else "")
        if not name:
            return match["text"]
        return f"{match['image']}[{match['text']}]({name}{'#' + anchor if anchor else ''})"

    return _LINK.sub(adapted, markdown)


def _public() -> list[str]:
    source = (_ROOT / "constructs" / "cdk_image_distribution" / "__init__.py").read_text("utf-8")
    exported = source.partition("__all__ = [")[2].partition("]")[0]
    names = sorted(re.findall(r'"(\w+)"', exported), key=lambda name: name != "ImageDistribution")
    return [f"cdk_image_distribution.{name}" for name in names]
