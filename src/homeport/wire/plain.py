"""Replies read without a library, for commands that must answer before one could be loaded.

A plain object has the attributes of the Struct whose JSON it read; what is absent has the Struct's default. The tables
below repeat the defaults of ``homeport.model.view``; a test compares them, so they cannot drift apart.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:  # the real types need msgspec, whose import costs more than a whole `status` may
    from homeport.model.lines import LogLine
    from homeport.model.view import Frame, NodeView

FRAME: Mapping[str, Any] = {
    "removed": (),
    "since": 0,
    "file": "",
    "file_error": None,
    "notices": (),
    "settled": False,
    "closing": False,
    "paused": False,
    "pid": 0,
}
NODE: Mapping[str, Any] = {
    "detail": "",
    "cause": None,
    "groups": (),
    "component": None,
    "since": 0.0,
    "ready_since": 0.0,
    "retry_at": 0.0,
    "restarts": 0,
    "crashes": 0,
    "ready_replicas": 0,
    "wanted_replicas": 0,
    "replicas": (),
    "ports": {},
    "links": {},
    "tail": (),
    "note": "",
    "stale": "",
    "manual": False,
    "needs": (),
    "place": "",
}
REPLICA: Mapping[str, Any] = {"run": 0, "pid": None, "since": 0.0, "ports": {}, "detail": ""}
LINE: Mapping[str, Any] = {"level": None, "run": 0, "continues": False}


def frame_of(data: Mapping[str, Any]) -> "Frame":
    """Return the frame in decoded JSON."""
    nodes = tuple(node_of(node) for node in data["nodes"])
    return cast("Frame", SimpleNamespace(**{**FRAME, **data, "nodes": nodes}))


def node_of(data: Mapping[str, Any]) -> "NodeView":
    """Return the node in decoded JSON."""
    replicas = tuple(SimpleNamespace(**{**REPLICA, **replica}) for replica in data.get("replicas", ()))
    return cast("NodeView", SimpleNamespace(**{**NODE, **data, "replicas": replicas}))


def line_of(data: Mapping[str, Any]) -> "LogLine":
    """Return the log line in decoded JSON."""
    return cast("LogLine", SimpleNamespace(**{**LINE, **data}))
