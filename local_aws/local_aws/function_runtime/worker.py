"""Putting the modules beside this one before the script that ministack runs a function with.

They go there as text: the process of a function cannot import this package.
"""

from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

from ministack.core import lambda_runtime

from local_aws.function_runtime.forking import ForkingSubprocess
from local_aws.function_runtime.logs import END
from local_aws.patching import MinistackChanged, existing, replace

_HERE = Path(__file__).parent
_PRELUDES = ("scaled_clock.py", "logs.py")
_AFTER_THE_HANDLER = "        _real_stdout.flush()\n"
_END_SECONDS = 2.0


def install() -> None:
    """Put the modules before the script, fork its process, and read its output up to the mark that `logs` writes."""
    replace(lambda_runtime, "subprocess", lambda _: ForkingSubprocess())
    replace(lambda_runtime, "_PYTHON_WORKER_SCRIPT", _extended)
    replace(existing(lambda_runtime, "Worker"), "_drain_stderr_bounded", _up_to_the_mark)


def _extended(script: str) -> str:
    place = script.rfind(_AFTER_THE_HANDLER)
    if place < 0:
        raise MinistackChanged("ministack's script for Python functions does not flush its output after the handler")
    marked = script[:place] + "        end_of_output()\n" + script[place:]
    return "\n".join([*((_HERE / name).read_text() for name in _PRELUDES), marked])


def _up_to_the_mark(original: Callable[..., str]) -> Callable[..., str]:
    """Read until the mark: ministack waits 50 ms for the first line, and leaves a later one to the next invocation."""

    def drain(worker: Any, *_: Any, **__: Any) -> str:
        if not str(worker.config.get("Runtime", "")).startswith("python"):
            return original(worker)
        lines: list[str] = []
        while True:
            try:
                line = worker._stderr_queue.get(timeout=_END_SECONDS)
            except Empty:
                return "\n".join(lines)
            if line == END:
                return "\n".join(lines)
            lines.append(line)

    return drain
