"""The faults that `tools.put_back_faults` puts back fit the sources."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.fault import Fault
from tools.faults import FAULTS, ROOT

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


@each_fault
def test_fault_can_be_put_back(fault: Fault, tmp_path: Path) -> None:
    """Each old text is in its file once, and what results is Python without undefined names."""
    files = {patch.file for patch in fault.patches}
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    for patch in fault.patches:
        patch.apply(tmp_path)
    for file in files:
        changed = (tmp_path / file).read_text()
        assert changed != (ROOT / file).read_text()
        ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", str(tmp_path / file)]
        assert subprocess.run(ruff, check=False, capture_output=True).returncode == 0


@each_fault
def test_what_finds_a_fault_exists(fault: Fault) -> None:
    """The test is in its file; the machine is a file of its own."""
    file, _, name = fault.found_by.partition("::")
    source = (ROOT / file).read_text()
    assert not name or f"\ndef {name}(" in source


def test_every_fault_of_the_list_can_be_put_back() -> None:
    """There are 19, some in several forms."""
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    assert {re.sub("[a-z]$", "", name) for name in names} == {str(number) for number in range(1, 20)}
