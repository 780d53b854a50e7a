"""What a real cluster said in many situations, recorded: see ``objects/``."""

import json
from pathlib import Path
from typing import Any

from homeport.work.cluster.judging import Evidence
from homeport.work.seen.events import Happening, happening

OBJECTS = Path(__file__).parent / "objects"


def recorded(situation: str) -> list[dict[str, Any]]:
    """Return the objects and events of a situation."""
    return json.loads((OBJECTS / f"{situation}.json").read_text())


def evidence(objects: list[dict[str, Any]]) -> Evidence:
    """Return what is judged."""
    happened: dict[tuple[str, str], list[Happening]] = {}
    for each in objects:
        if each["kind"] == "Event":
            event = happening(each)
            happened.setdefault((event.kind, event.name), []).append(event)
    pods = [each for each in objects if each["kind"] == "Pod"]
    workloads = [each for each in objects if each["kind"] not in ("Pod", "Event", "PersistentVolumeClaim")]
    bare = [pod for pod in pods if not pod["metadata"].get("ownerReferences")]
    claims = [each for each in objects if each["kind"] == "PersistentVolumeClaim"]
    return Evidence(workloads + bare, pods, claims, happened)
