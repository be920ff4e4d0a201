"""Logging as Lambda's Python runtime sets it up: a handler at the root, so that a function only sets its level.

It runs in the process of a function, before ministack's script, and uses nothing of this package. Source: Lambda
developer guide, logging with Python.
"""

import logging
import sys
import time

END = "\x1eend of output\x1e"


def end_of_output() -> None:
    """Mark the end of what an invocation printed."""
    print(END, file=sys.stderr, flush=True)


def set_up_logging() -> None:
    """Write the records of all loggers to the function's output."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)


if __name__ == "__main__":
    set_up_logging()
