"""crhelper 2.0.12: the private names and the order of calls that the adapter relies on."""

from __future__ import annotations

import inspect
import re
from importlib import resources
from importlib.metadata import requires, version
from typing import Any

import pytest
from crhelper import CfnResource, resource_helper

import cdk_image_distribution_handler
from cdk_image_distribution_handler import crhelper_adapter

# Private names have no types.
RESOURCE: Any = CfnResource
MODULE: Any = resource_helper
ADAPTER: Any = crhelper_adapter

# What the adapter overrides or calls, with the parameters that it relies on.
NAMES = {
    "_set_timeout": ["self"],
    "_send": ["self", "status", "reason", "send_response"],
    "generate_physical_id": ["self", "event"],
}


def test_crhelper_is_the_version_that_was_read() -> None:
    """Another version may do otherwise in private: read it before the pin is moved."""
    assert version("crhelper") == "2.0.12"
    assert "crhelper==2.0.12" in (requires("cdk-image-distribution") or [])
    assert "crhelper 2.0.12" in (ADAPTER.__doc__ or "")


def test_crhelper_has_the_names_that_are_overridden() -> None:
    """An override of a method that is gone would do nothing, in silence."""
    for name, parameters in NAMES.items():
        assert list(inspect.signature(getattr(RESOURCE, name)).parameters) == parameters
    own = set(vars(ADAPTER._Crhelper))
    assert {name for name in own if name in vars(RESOURCE)} - {"__init__", "__doc__", "__module__"} == NAMES.keys()


def test_crhelper_names_that_are_private_are_explained() -> None:
    """Each private name that is overridden, and `boto3`, is in the docstring of the adapter."""
    explained = set(re.findall(r"`(_?\w+)`", ADAPTER.__doc__ or ""))
    assert {name for name in NAMES if name.startswith("_")} | {"boto3"} <= explained


def test_crhelper_is_imported_by_the_adapter_alone() -> None:
    """A new version is read against one file."""
    folder = resources.files(cdk_image_distribution_handler)
    importing = [
        path.name
        for path in folder.iterdir()
        if path.name.endswith(".py") and re.search(r"^(from|import) crhelper\b", path.read_text("utf-8"), re.M)
    ]
    assert importing == ["crhelper_adapter.py"]


def test_crhelper_makes_its_clients_from_its_modules_boto3() -> None:
    """So the adapter's replacement keeps a cold start from making three clients."""
    assert "boto3.client(" in inspect.getsource(RESOURCE.__init__)
    assert MODULE.boto3.client("lambda") is None


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_crhelper_calls_the_same_function_without_its_own_polling(kind: str) -> None:
    """Without a poll function and without `CrHelperPoll` in the event, each call answers unless it raises."""
    resource = ADAPTER._Crhelper(lambda event, context: "id", lambda *answer: None, "default")
    resource._event = {"RequestType": kind}
    assert resource._poll_enabled() is None
    assert resource._get_func()({}, None) == "id"


def test_crhelper_answers_only_after_the_function_has_returned() -> None:
    """The function runs in `_crhelper_init`, the answer is sent by `_cfn_response`."""
    source = inspect.getsource(RESOURCE.__call__)
    assert 0 < source.index("_crhelper_init") < source.index("_cfn_response")
    assert "self._wrap_function(self._get_func())" in inspect.getsource(RESOURCE._crhelper_init)


def test_crhelper_catches_no_base_exception() -> None:
    """An invocation ends unanswered by one that is no Exception."""
    assert issubclass(ADAPTER._Unanswered, BaseException)
    assert not issubclass(ADAPTER._Unanswered, Exception)
    for function in (RESOURCE.__call__, RESOURCE._wrap_function):
        assert re.findall(r"except (\w+)?", inspect.getsource(function)) == ["Exception"]


def test_crhelper_keeps_only_the_end_of_a_long_reason() -> None:
    """So the adapter shortens a reason before crhelper does."""
    assert "- 240" in inspect.getsource(RESOURCE._send)
    assert ADAPTER.fit("x" * 300).startswith("x" * 200)
