"""The plain reader knows what the Structs know."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import fields

from homeport.model.lines import LogLine
from homeport.model.view import Frame, NodeView, ReplicaView
from homeport.wire import plain


@pytest.mark.parametrize(
    ("kind", "table"),
    [(Frame, plain.FRAME), (NodeView, plain.NODE), (ReplicaView, plain.REPLICA), (LogLine, plain.LINE)],
)
def test_the_plain_defaults_are_those_of_the_structs(kind: type[Struct], table: dict[str, Any]) -> None:
    """A field added to a view is known to the plain reader, or this says so."""
    declared = {
        field.name: field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
        for field in fields(kind)
        if not field.required
    }
    assert dict(table) == declared


def test_a_plain_frame_reads_like_the_struct() -> None:
    """Every attribute of a frame, its nodes and replicas is there, given or not."""
    replica = ReplicaView(0, "ready", pid=7)
    frame = Frame(3, "demo", "demo", (NodeView("api", "service", "ready", replicas=(replica,), ports={"http": 80}),))
    found = plain.frame_of(json.loads(msgspec.json.encode(frame)))
    for field in fields(Frame):
        if field.name != "nodes":
            assert getattr(found, field.name) == getattr(frame, field.name)
    assert [node.name for node in found.nodes] == ["api"]
    assert found.nodes[0].ports == {"http": 80}
    assert found.nodes[0].replicas[0].pid == 7
    assert found.nodes[0].detail == ""


def test_a_newer_house_may_say_more() -> None:
    """A field that this reader does not know is no mistake."""
    assert plain.node_of({"name": "api", "type": "service", "state": "ready", "colour": "blue"}).name == "api"
