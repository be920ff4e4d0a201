"""Measures in a real account what is not documented about AWS. Start it with `make live`.

- `questions/`: what is asked, per topic: each `Assumption` with its possible answers, how the construct behaves under
  each answer, and the tests that show it.
- `probes/`: how each question is answered, per topic: functions that yield a `Finding` with evidence.
- `lab.py`, `account.py`: what the probes share in the account, made by `source_ami.py` and `base_stack.py`.
- `stacks.py`, `messages.py`, `observation.py`: what they deploy, what arrives in the queue, a watched distribution.
- `journal.py`, `clean_up.py`: what was created, and its removal.
- `runner.py`, `results.py`, `report.py`, `page.py`: the run, its JSON file, its report, and the page in `docs/`.

The package is not part of the wheel.
"""
