"""How many resources and bytes distributions take in a template."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from .figures import WAYS, Figure
from .stacks import app_of, template_in

DISTRIBUTIONS = (1, 10, 100)


def figures() -> Iterator[Figure]:
    """Synthesise each way with some numbers of distributions; their configuration is not in the template."""
    for number in DISTRIBUTIONS:
        resources, sizes = {}, {}
        for way in WAYS:
            with tempfile.TemporaryDirectory() as folder:
                app_of(way, number, Path(folder)).synth()
                template, size = template_in(Path(folder))
            resources[way], sizes[way] = [len(template["Resources"])], [size]
        many = "1 distribution" if number == 1 else f"{number} distributions"
        yield Figure("template", f"resources, {many}", "", resources)
        yield Figure("template", f"template size, {many}", "bytes", sizes)
