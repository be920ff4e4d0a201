"""The Image Builder model that the function ships with is a part of botocore's, and has what the handler needs."""

from __future__ import annotations

import re
from importlib import resources
from types import SimpleNamespace
from typing import Any

from botocore import xform_name
from botocore.session import Session

import cdk_image_distribution_handler
from cdk_image_distribution_handler import image
from tools.service_model import FOLDER, MEMBERS, OPERATIONS, shipped_model

SOURCES = [path for path in resources.files(cdk_image_distribution_handler).iterdir() if path.name.endswith(".py")]


class Recorder(dict[str, Any]):
    """A structure of an answer that records which members it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """Record the member, which is missing."""
        self.asked.add(name)
        return default


def test_shipped_model_is_the_one_of_the_installed_botocore() -> None:
    """After an upgrade of botocore, `make model` writes the file anew."""
    path, content = shipped_model()
    assert path.read_text(encoding="utf-8") == content
    assert [found for found in FOLDER.rglob("*") if found.is_file()] == [path]


def test_botocore_loads_the_shipped_model() -> None:
    """Each operation has the request, the answer and the path that botocore's own model gives it, and no errors."""
    reduced, whole = Session(), Session()
    reduced.set_config_variable("data_path", str(FOLDER))
    ours, theirs = (session.get_service_model("imagebuilder") for session in (reduced, whole))
    assert set(ours.operation_names) == set(OPERATIONS)
    for name in OPERATIONS:
        left, right = ours.operation_model(name), theirs.operation_model(name)
        assert left.http == right.http
        for shape in ("input_shape", "output_shape"):
            known = getattr(right, shape)
            assert set(getattr(left, shape).members) == set(MEMBERS.get(known.name, known.members))
        assert left.error_shapes == []


def test_handler_calls_the_operations_of_the_shipped_model() -> None:
    """The model has neither more nor fewer operations than the handler's source calls."""
    called = set(re.findall(r"\.image_builder\.(\w+)\(", "".join(path.read_text() for path in SOURCES)))
    assert called == {xform_name(name) for name in OPERATIONS}


def test_handler_reads_no_other_member_of_an_image() -> None:
    """What the shipped model does not know is dropped from an answer, so the handler would never see it."""
    described = Recorder()
    builder = SimpleNamespace(get_image=lambda imageBuildVersionArn: {"image": described})
    image.get(SimpleNamespace(image_builder=builder), "arn:aws:imagebuilder:r:1:image/n/1.0.0/1")  # type: ignore[arg-type]
    assert described.asked == set(MEMBERS["Image"])
