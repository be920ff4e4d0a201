"""Removal of everything that a run created, as far as that is possible, and the list of what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .account import Account
from .discovery import discover
from .journal import Journal, Leftover, Resource, Run
from .removers import ORDER, REMOVERS

#: How often the removal of everything is tried: what is removed may release what could not be removed.
ROUNDS = 4

_PAUSE = 30.0


def clean_up(journal: Journal, accounts: Mapping[str, Account], say: Callable[[str], None]) -> Sequence[Leftover]:
    """Remove what the journal names and what carries the run's tag.

    Nothing that goes wrong stops it. The journal ends when nothing is left.

    Args:
        journal: The journal of a run.
        accounts: By owner.
        say: Called with each line for the user.

    Returns:
        What is left.
    """
    run = journal.run
    if run is None:
        return []
    left: list[Leftover] = []
    for number in range(ROUNDS):
        if number:
            # Late log entries create a log group again, and what is removed may release what could not be removed.
            accounts["first"].sleep(_PAUSE)
        not_searched = _discover(journal, run, accounts)
        if number and not journal.left and not not_searched:
            journal.end()
            say("Cleaned up: nothing is left.")
            return []
        left = [*not_searched]
        for kind in ORDER:
            # Removing an image brings its AMIs to light, and an AMI its snapshots, which are later in the order.
            for resource in [resource for resource in journal.left if resource.kind == kind]:
                left += _remove(resource, journal, accounts, say)
    say(f"{len(left)} resources could not be removed. Remove them by hand, or run `python -m live --clean-up` again:")
    for leftover in left:
        say(f"  {leftover}")
    return left


def _discover(journal: Journal, run: Run, accounts: Mapping[str, Account]) -> list[Leftover]:
    """Note what carries the run's tag or name, and return what could not be searched."""
    failed = []
    for owner, account in accounts.items():
        for region in run.regions:
            for found in discover(account, run, region, owner):
                if isinstance(found, Leftover):
                    failed.append(found)
                else:
                    journal.will_create(found)
    return failed


def _remove(
    resource: Resource, journal: Journal, accounts: Mapping[str, Account], say: Callable[[str], None]
) -> list[Leftover]:
    account = accounts.get(resource.owner)
    if account is None:
        return [Leftover(resource, "no credentials for this account. Pass --second-profile.")]
    try:
        for more in REMOVERS[resource.kind](account, resource):
            journal.will_create(more)
    except Exception as error:
        return [Leftover(resource, str(error) or type(error).__name__)]
    journal.removed(resource)
    say(f"Removed {resource}")
    return []
