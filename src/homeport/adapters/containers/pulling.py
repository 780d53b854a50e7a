"""Pulling images, with progress in sentences."""

import json
from collections.abc import Mapping
from typing import Any, Final

from homeport.adapters.containers.credentials import registry_auth
from homeport.adapters.containers.engine import Engine, Refused
from homeport.adapters.containers.failing import pull_failure
from homeport.kit.imagenames import parsed
from homeport.ports.containers import Note

_STEPS: Final = 25
"""Percent between two sentences about the same pull."""


async def has(engine: Engine, image: str) -> bool:
    """Whether the engine has an image."""
    try:
        await engine.ask("GET", f"/images/{image}/json")
    except Refused as refused:
        if refused.status == 404:
            return False
        raise pull_failure(image, refused.said) from None
    return True


async def pull(engine: Engine, image: str, environ: Mapping[str, str], note: Note) -> None:
    """Pull an image; who is cancelled meanwhile leaves at once. Raises OutsideError when it cannot be had."""
    name = parsed(image)
    # Without a tag the engine would take every one that the repository has.
    full = image if image.rpartition("/")[2].count(":") or "@" in image else f"{image}:latest"
    note(f"pulling {full}")
    headers = await registry_auth(environ, name.registry)
    try:
        answer = await engine.open("POST", "/images/create", {"fromImage": full}, headers=headers)
        progress = _Progress(full, note)
        rest = b""
        try:
            async for piece in answer.pieces():
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    progress.hear(line)
            progress.hear(rest)
        finally:
            answer.close()
    except Refused as refused:
        raise pull_failure(image, refused.said) from None
    except OSError as error:
        raise engine.silent(str(error.strerror or error)) from error
    if progress.error or not await has(engine, image):
        raise pull_failure(image, progress.error or "the engine does not have it although it pulled it")
    note(f"pulled {full}")


class _Progress:
    """Makes some sentences of the many things that an engine tells about a pull."""

    def __init__(self, image: str, note: Note) -> None:
        self.error = ""
        self._image = image
        self._note = note
        self._layers: dict[str, tuple[int, int]] = {}
        self._told = 0

    def hear(self, line: bytes) -> None:
        """Take a line."""
        try:
            told: dict[str, Any] = json.loads(line)
        except ValueError:
            return
        self.error = str(told.get("error") or self.error)
        detail = told.get("progressDetail") or {}
        if told.get("status") == "Downloading" and detail.get("total"):
            self._layers[str(told.get("id"))] = int(detail.get("current", 0)), int(detail["total"])
            self._tell()

    def _tell(self) -> None:
        got, total = (sum(column) for column in zip(*self._layers.values(), strict=True))
        step = got * 100 // total // _STEPS
        if step > self._told:
            self._told = step
            self._note(f"pulling {self._image}: {got / 1e6:.0f} of {total / 1e6:.0f} MB")
