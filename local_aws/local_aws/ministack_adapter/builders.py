"""One Image Builder for each account and Region that is asked for, and the thread that lets their time pass."""

import json
import logging
import threading
import time

from ministack.core import responses
from ministack.services import eventbridge

from local_aws.image_builder.service import ImageBuilder
from local_aws.ministack_adapter.backend import MinistackBackend
from local_aws.patching import existing
from local_aws.state_folder import StateFolder

_log = logging.getLogger("local_aws")
_STEP_SECONDS = 0.05


class Builders:
    """All Image Builders of this process."""

    def __init__(self, folder: StateFolder, disabled_regions: frozenset[str]) -> None:
        """Read scripts from a folder, and write the calls to it.

        Args:
            folder: The folder.
            disabled_regions: Opt-in Regions that are not enabled.
        """
        self._disabled_regions = disabled_regions
        self._folder = folder
        self._lock = threading.Lock()
        self._builders: dict[tuple[str, str], ImageBuilder] = {}
        self._put_events = existing(eventbridge, "_put_events")

    def current(self) -> ImageBuilder:
        """The one of the account and Region of the request that is being answered."""
        place = responses.get_account_id(), responses.get_region()
        with self._lock:
            if place not in self._builders:
                self._builders[place] = self._new(*place)
            return self._builders[place]

    def start_clock(self) -> None:
        """Begin to let time pass, in a thread that ends with the process."""
        threading.Thread(target=self._advance_forever, name="image-builder", daemon=True).start()

    def _new(self, account: str, region: str) -> ImageBuilder:
        def send_event(arn: str, previous: str, status: str) -> None:
            event = {
                "Source": "aws.imagebuilder",
                "DetailType": "EC2 Image Builder Image State Change",
                "Resources": [arn],
                "Detail": json.dumps({"previous-state": {"status": previous}, "state": {"status": status}}),
            }
            with responses.request_scope(account, region):
                self._put_events({"Entries": [event]}, allow_aws_source=True)

        return ImageBuilder(
            region=region,
            account=account,
            backend=MinistackBackend(account, region, self._folder.script, self._disabled_regions),
            script=self._folder.script,
            on_state_change=send_event,
            on_call=self._folder.add_call,
        )

    def _advance_forever(self) -> None:
        while True:
            time.sleep(_STEP_SECONDS)
            with self._lock:
                builders = list(self._builders.values())
            for builder in builders:
                try:
                    builder.advance()
                except Exception:
                    _log.exception("Image Builder of %s could not advance", builder.store.region)
