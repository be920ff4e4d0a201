"""The documentation site builds strictly, documents every public name, and loads nothing from other hosts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import cdk_image_distribution
from tools.page_tables import public_members

from .pages import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built by its make target without the installation."""
    folder = tmp_path_factory.mktemp("site")
    command = ["make", "--silent", "--old-file=install", "docs", f"SITE={folder}"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return folder


def test_api_reference_has_every_public_name(site: Path) -> None:
    """Classes and members, each with its docstring's heading."""
    package = cdk_image_distribution.__name__
    expected = {f"{package}.{name}" for name in cdk_image_distribution.__all__}
    for name in cdk_image_distribution.__all__:
        expected |= {
            f"{package}.{name}.{member}" for member, _ in public_members(getattr(cdk_image_distribution, name))
        }
    found = set(re.findall(r'id="([\w.]+)"', (site / "api.html").read_text("utf-8")))
    assert expected - found == set()


def test_pages_load_nothing_from_other_hosts(site: Path) -> None:
    """No script, style sheet, font or picture."""
    for path in site.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="(https?://[^"]+)"', path.read_text()
        )
        assert loaded == [], path.name
