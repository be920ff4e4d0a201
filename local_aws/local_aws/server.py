"""The server process: ministack with its patches and the Image Builder stand-in.

It runs under ministack's own interpreter, since ministack pins an older botocore than the product uses.
"""

import argparse
import logging
import os
import shutil
import signal
import sys
import threading
from pathlib import Path


def main() -> None:
    """Serve until standard input ends, which it does when the process that started this one ends, however it does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--minute", type=float)
    parser.add_argument("--disabled-region", action="append", default=[])
    options = parser.parse_args()
    threading.Thread(target=_end_with_parent, args=(options.folder,), daemon=True).start()
    _serve(options.folder, options.minute, frozenset(options.disabled_region))


def _serve(folder: Path, minute: float | None, disabled_regions: frozenset[str]) -> None:
    # ministack reads the environment while it is imported, and imports much: not before it is needed.
    from ministack import app

    from local_aws import ministack_adapter, patches, stack_operations
    from local_aws.function_runtime import worker
    from local_aws.ministack_adapter.builders import Builders
    from local_aws.state_folder import StateFolder

    state = StateFolder(folder)
    patches.install(minute, disabled_regions)
    worker.install()
    stack_operations.install(state, scale=60 / minute if minute else 1.0)
    builders = Builders(state, disabled_regions)
    ministack_adapter.install(builders, state.script)
    builders.start_clock()
    logging.getLogger("asyncio").addFilter(is_no_ended_connection)
    sys.argv = ["ministack"]
    app.main()


def is_no_ended_connection(record: logging.LogRecord) -> bool:
    """Whether a record is anything but the traceback of a client that ended without a TLS shutdown.

    Each takes a dozen lines, in which those of functions get lost.
    """
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, TimeoutError) and str(error) == "SSL shutdown timed out")


def _end_with_parent(folder: Path) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    if os.getpgrp() == os.getpid():
        # The functions that run are children in the same group, and would go on for a while.
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)
