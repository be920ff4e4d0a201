"""Evidence without account ids, credentials and names of people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])")
_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{12,}\b")
_PRINCIPAL = re.compile(r"(:(?:user|federated-user)/|:assumed-role/[^/\s]+/)[^\s\"',]+")
_SIGNED_URL = re.compile(r"https://[^\s\"']+[?&](?:X-Amz-Signature|Signature|X-Amz-Credential)=[^\s\"']*")
_SECRET_MEMBERS = frozenset({"ResponseURL", "SecretAccessKey", "SessionToken", "AccessKeyId"})


class Mask:
    """Replaces each account id by the same invented one everywhere."""

    def __init__(self, *accounts: str) -> None:
        """Prepare the mask.

        Args:
            accounts: The account ids that get 111111111111, 222222222222 and so on. Every other one gets 999999999999.
        """
        self._accounts = {account: str(number) * 12 for number, account in enumerate(accounts, start=1)}

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        text = _SIGNED_URL.sub("(signed URL)", text)
        text = _ACCESS_KEY.sub("(access key)", text)
        text = _PRINCIPAL.sub(r"\1(name)", text)
        return _ACCOUNT.sub(lambda found: self._accounts.get(found[0], "9" * 12), text)

    def value(self, value: Any) -> Any:
        """Return a value of JSON's types without secrets; other types become text."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): "(masked)" if key in _SECRET_MEMBERS else self.value(held)
                for key, held in value.items()
            }
        if isinstance(value, Sequence) and not isinstance(value, bytes):
            return [self.value(held) for held in value]
        if value is None or isinstance(value, (bool, float)):
            return value
        if isinstance(value, int):
            masked = self.text(str(value))
            return value if masked == str(value) else masked
        return self.text(str(value))
