"""The files by which a local AWS and its user talk across the process boundary: a script in, a log of calls out."""

import json
import os
import threading
from pathlib import Path

from local_aws.image_builder.call_log import Call
from local_aws.image_builder.faults import Script

SCRIPT = "script.json"
CALLS = "calls.jsonl"


class StateFolder:
    """The state folder of one local AWS."""

    def __init__(self, path: Path) -> None:
        """Take a folder that exists."""
        self._script_file = path / SCRIPT
        self._calls_file = path / CALLS
        self._lock = threading.Lock()
        self._read: tuple[int, int] | None = None
        self._script = Script()

    def write_script(self, script: Script) -> None:
        """Put a script in force from the next call on, in place of the one before."""
        new = self._script_file.with_suffix(".new")
        new.write_text(json.dumps(script.to_json()))
        os.replace(new, self._script_file)

    def script(self) -> Script:
        """The script in force; what was used up of it stays so until another is written."""
        with self._lock:
            try:
                script_file = self._script_file.open()
            except FileNotFoundError:
                return self._script
            with script_file:
                # Of the open file, since another may take its place at any time.
                status = os.fstat(script_file.fileno())
                if self._read != (status.st_ino, status.st_mtime_ns):
                    self._read = (status.st_ino, status.st_mtime_ns)
                    self._script = Script.from_json(json.load(script_file))
            return self._script

    def add_call(self, call: Call) -> None:
        """Append a call to the log."""
        with self._lock, self._calls_file.open("a") as log:
            log.write(json.dumps(call.to_json(), default=str) + "\n")

    def calls(self) -> list[Call]:
        """Every call so far, oldest first."""
        if not self._calls_file.exists():
            return []
        return [Call(**json.loads(line)) for line in self._calls_file.read_text().splitlines()]
