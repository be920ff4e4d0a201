"""crhelper's CfnResource, with what would mislead or leak mended; written against crhelper 2.0.12."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from crhelper import CfnResource

from .explaining import fit

logger = logging.getLogger(__name__)


class CustomResource(CfnResource):
    """A custom resource that answers once, under a physical id that never changes by chance."""

    # Private to crhelper, and so not in its type stub.
    _event: dict[str, Any]

    def __init__(self) -> None:
        # At level DEBUG crhelper logs the event and the pre-signed ResponseURL. It sleeps before it answers a
        # Delete so that the log arrives before its group is deleted; our group outlives the resource.
        super().__init__(log_level="INFO", boto_level="ERROR", sleep_on_delete=0)

    def generate_physical_id(self, event: Mapping[str, Any]) -> str:
        """Name a resource without an image. crhelper's own is random: a retry would replace the resource."""
        return f"{event['StackId'].split('/')[1]}-{event['LogicalResourceId']}-{event['RequestId']}"

    def _send(self, status: str | None = None, reason: str = "", **transport: Any) -> None:
        """Send the answer with an id and a reason that fit.

        crhelper reports an empty or a "None" physical id when it fails early, and of a long reason the last
        240 characters.
        """
        if not self.PhysicalResourceId:
            self.PhysicalResourceId = self._event.get("PhysicalResourceId") or self.generate_physical_id(self._event)
        self.Reason = fit(str(self.Reason))
        super()._send(status, fit(str(reason)), **transport)  # type: ignore[misc]  # private, see _event

    def _timeout(self) -> None:
        """Say what ran out; crhelper says no more than "Execution timed out"."""
        logger.error("About to run into the function's time-out.")
        self._send("FAILED", "The function's time-out came before AWS answered; its log names the last call.")
