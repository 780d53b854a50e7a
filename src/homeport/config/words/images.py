"""Words for images: what a container is made from."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.config.words import expect, places
from homeport.config.words.files import Files, Patterns, emit_files
from homeport.config.words.mistakes import note, spell, wrong_type
from homeport.config.words.updates import Update, emit_updates
from homeport.config.words.values import Plain, emit_command, emit_texts, need_plain
from homeport.kit.imagenames import is_name

_PLATFORM: Final = re.compile(r"[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?")


class Image:
    """What a container is made from: by ``dockerfile()``, ``image()`` or ``built()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data


def dockerfile(
    file: str | os.PathLike[str] = "Dockerfile",
    *,
    context: str | os.PathLike[str] | None = None,
    target: str | None = None,
    args: Mapping[str, Plain] | None = None,
    secrets: Mapping[str, Plain] | None = None,
    platform: str | None = None,
    ignore: str | os.PathLike[str] | None = None,
    tags: Sequence[str] = (),
    update: Update | Sequence[Update] = (),
) -> Image:
    """An image that is built from a Dockerfile.

    Args:
        file: The Dockerfile, relative to the file that says it.
        context: The folder whose files the build may copy; the one of the file that says it when left out.
        target: The stage to build; the last one when left out.
        args: Values for the Dockerfile's ``ARG`` lines. They can be read in the image: no place for secrets.
        secrets: Values that the build may read (``RUN --mount=type=secret,id=NAME``) and that stay out of the image.
        platform: What it is for, such as ``"linux/amd64"``; the machine that builds it when left out.
        ignore: A file of patterns to use instead of the context's ``.dockerignore``.
        tags: Names that the image gets besides ours.
        update: What follows a save while it runs: ``sync(…)`` and other rules. Without any, each save means another build.
    """
    data: dict[str, Any] = {"kind": "dockerfile", "file": _file(file, "file")}
    data["context"] = places.resolve(expect.path(context, "context")) if context is not None else places.folder()
    if target is not None:
        data["target"] = need_plain(target, "target", "the name of a stage")
    for argument, values in (("args", args), ("secrets", secrets)):
        if values is not None:
            data[argument] = emit_texts(values, argument)
    if platform is not None:
        data["platform"] = _platform(platform)
    if ignore is not None:
        data["ignore"] = _file(ignore, "ignore")
    data["tags"] = [_named(each, "tags") for each in expect.items(tags, "tags", "names of images")]
    return Image({**data, "update": emit_updates(update)})


def image(name: str, *, update: Update | Sequence[Update] = ()) -> Image:
    """An image that somebody else made, by its name. ``image="postgres:16"`` means the same.

    Args:
        name: Its name as ``docker pull`` takes it.
        update: What follows a save while it runs: ``sync(…)`` and other rules.
    """
    return Image({"kind": "image", "name": _named(name, "name"), "update": emit_updates(update)})


def built(
    run: str | Sequence[Plain],
    *,
    inputs: Patterns | Files | Sequence[Patterns | Files],
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, Plain] | None = None,
    update: Update | Sequence[Update] = (),
) -> Image:
    """An image that a command makes: ``built("ko build --local -t $HOMEPORT_IMAGE", inputs=["cmd/"])``.

    It finds the name that the image must get in ``HOMEPORT_IMAGE``. It is not called ``build``, since ``stack.build()``
    declares build steps, which make files of this machine.

    Args:
        run: The command: a list (a program and its arguments) or text (for the shell).
        inputs: Files that the image is made from: it is made again only when one of them changes.
        cwd: The folder that the command runs in; the one of the file that says it when left out.
        env: Environment variables of the command.
        update: What follows a save while the image runs: ``sync(…)`` and other rules.
    """
    data: dict[str, Any] = {"kind": "built", "run": emit_command(run), "inputs": emit_files(inputs, "inputs")}
    data["cwd"] = places.resolve(expect.path(cwd, "cwd")) if cwd is not None else places.folder()
    if not data["inputs"]:
        note("inputs= names no files", hint='say what the image is made from: inputs=["src/"]', argument="inputs")
    if env is not None:
        data["env"] = emit_texts(env, "env")
    return Image({**data, "update": emit_updates(update)})


def emit_image(given: object) -> dict[str, Any]:
    """Return the data of ``image=``: an image, or the name of one as text."""
    if isinstance(given, Image):
        return given._data
    if isinstance(given, str):
        return {"kind": "image", "name": _named(given, "image")}
    wrong_type("image", 'dockerfile(…), built(…), image(…) or a name such as "postgres:16"', given)
    return {"kind": "image", "name": "unknown"}


def emit_image_name(given: object) -> str:
    """Return the data of an ``image=`` that can only be the name of one."""
    return _named(given, "image")


def _named(given: object, argument: str) -> str:
    name = need_plain(given, argument, 'the name of an image, such as "postgres:16"')
    if isinstance(given, str) and not is_name(name):
        _note_unfit(name, argument)
        return "unknown"
    return name


def _note_unfit(name: str, argument: str) -> None:
    hint = 'such as "postgres:16" or "ghcr.io/team/api:1.4"'
    if "ockerfile" in name:
        hint = f'an image that is built here is image=dockerfile("{name}")'
    elif "://" in name:
        hint = f'leave out "{name.partition("://")[0]}://": {hint}'
    note(f"{argument}= takes the name of an image, not {spell(name)}", argument=argument, literal=name, hint=hint)


def _platform(given: object) -> str:
    platform = need_plain(given, "platform", 'a platform such as "linux/amd64"')
    if platform and not _PLATFORM.fullmatch(platform):
        note(f"platform= takes a system and a processor, not {spell(platform)}", argument="platform", literal=platform,
             hint='such as "linux/amd64" or "linux/arm64"')  # fmt: skip
    return platform


def _file(given: object, argument: str) -> str:
    said = expect.path(given, argument)
    path = places.resolve(said)
    if not os.path.isfile(path):
        note(f'there is no file "{said}"', hint="paths are relative to the file that says them", argument=argument,
             literal=said)  # fmt: skip
    return path
