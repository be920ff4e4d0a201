"""`python -m tools.machine_run SEED EXAMPLES`: run the lifecycle machine once and print, as JSON, what it found."""

from __future__ import annotations

import json
import sys

from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.handler.lifecycle_machine import STEPS, Lifecycle
from tests.handler.test_lifecycle import SETTINGS


def main() -> None:
    """Print the number of steps, and the problem if there was one."""
    number, examples = int(sys.argv[1]), int(sys.argv[2])
    # Hypothesis repeats the failing example in the end, to print it: those steps do not count.
    steps_before_example = []

    @seed(number)
    class Counted(Lifecycle):
        def __init__(self) -> None:
            super().__init__()
            steps_before_example.append(STEPS.total())

    problem = ""
    try:
        run_state_machine_as_test(Counted, settings=settings(SETTINGS, max_examples=examples))
    except Exception as error:
        problem = str(error).strip() or type(error).__name__
    steps = steps_before_example[-1] if problem else STEPS.total()
    print(json.dumps({"steps": steps, "problem": problem}))


if __name__ == "__main__":
    main()
