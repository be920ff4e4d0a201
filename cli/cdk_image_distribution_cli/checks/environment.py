"""Are the credentials those of the account that the stacks go to?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..assembly import Planned
from ..aws import Aws
from .result import Result, Subject


def check(aws: Aws, distributions: Sequence[Planned]) -> Iterator[Result]:
    """Compare the caller's account with that of the stacks.

    Raises:
        Unread: The credentials do not work.
    """
    for account in dict.fromkeys(item.account for item in distributions):
        subject = Subject("account", account)
        if account == aws.account:
            yield subject.passes(f"The caller is {aws.caller_arn}.")
        else:
            names = ", ".join(dict.fromkeys(item.stack.name for item in distributions if item.account == account))
            yield subject.fails(
                f"{names} goes to {account}, and the credentials are those of {aws.account}: nothing was checked.",
                "Pass --profile with credentials of that account.",
            )
