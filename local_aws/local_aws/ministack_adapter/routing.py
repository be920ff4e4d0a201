"""Requests to Image Builder: ministack hands them over here."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from ministack import app
from ministack.core import router

from local_aws.image_builder.errors import AnswerLost
from local_aws.image_builder.requests import Answer
from local_aws.ministack_adapter.builders import Builders
from local_aws.patching import existing, replace

_SERVICE = "imagebuilder"
# ministack does not register these, and loads the models of all services to know one, which takes seconds.
_KNOWN = (_SERVICE, "servicequotas")


def install(builders: Builders) -> None:
    """Register a service module that answers for Image Builder."""

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Mapping[str, Any]
    ) -> Answer:
        # In a thread of its own, so that a scripted delay holds up nothing else.
        return await asyncio.to_thread(answer, method, path, query, headers, body)

    def answer(method: str, path: str, query: Mapping[str, Any], headers: dict[str, str], body: bytes) -> Answer:
        try:
            return builders.current().handle(method, path, query, headers, body)
        except AnswerLost as lost:
            # A server cannot let a connection break here; to the caller, a bare 500 says as little.
            return 500, {"Content-Type": "application/json"}, json.dumps({"message": str(lost)}).encode()

    module = ModuleType(f"ministack.services.{_SERVICE}")
    module.__dict__["handle_request"] = handle_request
    module.__dict__["reset"] = lambda: None
    sys.modules[module.__name__] = module
    existing(app, "SERVICE_REGISTRY")[_SERVICE] = {"module": _SERVICE}
    existing(app, "_loaded_modules")[_SERVICE] = module
    existing(app, "SERVICE_HANDLERS")[_SERVICE] = existing(app, "_lazy_handler")(_SERVICE)
    replace(router, "_is_aws_service_name", _known_service)


def _known_service(original: Callable[[str], bool]) -> Callable[[str], bool]:
    """Know some services without a search."""
    return lambda name: name in _KNOWN or original(name)
