"""The word that everything begins with."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeVar, cast, overload

from homeport.config.words import expect, places
from homeport.config.words.declaration import Declaration, World
from homeport.config.words.images import Image
from homeport.config.words.include import include
from homeport.config.words.manifests import (
    Given,
    Manifests,
    Run,
    Watched,
    emit_given,
    emit_images,
    emit_opened,
    emit_printing,
)
from homeport.config.words.mistakes import fail, note, spell, wrong_type
from homeport.config.words.needs import Needed, emit_needs
from homeport.config.words.options import Option, T, given_value, type_name
from homeport.config.words.options import spell as spell_value
from homeport.config.words.placement import Cluster, Place, PlaceName, emit_site
from homeport.config.words.scope import Path, Scope
from homeport.config.words.secrets import Secret, SecretValue, Source, emit_sources
from homeport.config.words.settings import Settings
from homeport.config.words.shared import declare_env_file
from homeport.config.words.tools import Tool
from homeport.config.words.values import need_plain

S = TypeVar("S", bound="BaseStack")
_current: list[BaseStack] = []


class BaseStack(Scope):
    """A stack without the ready-made components."""

    def __init__(self, name: str, *, on: Place | Cluster | PlaceName | None = None) -> None:
        if World.declaration is not None:
            at = World.declaration.at
            fail(
                f'there is a stack already: "{World.declaration.stack}" at {os.path.basename(str(at["file"]))}:{at["line"]}',
                hint="an included file gets it by Stack.current()",
            )
        root = World.root or places.folder()
        World.declaration = Declaration(need_plain(name, "name"), root)
        World.declaration.on, World.declaration.site = emit_site(on)
        super().__init__(World.declaration, {})
        _current[:] = [self]

    @classmethod
    def current(cls) -> Self:
        """The stack that includes this file."""
        if not _current or World.declaration is None:
            fail(
                "there is no stack yet", hint='start with stack = Stack("name"), or run the file that includes this one'
            )
        return cast("Self", _current[0])

    @overload
    def secret(self, name: str, source: Source) -> SecretValue: ...
    @overload
    def secret(self, name: str, source: Mapping[str, Source]) -> Secret: ...
    def secret(self, name: str, source: Source | Mapping[str, Source]) -> SecretValue | Secret:
        """Declares values that are never shown. A value is a reference, its ``.path`` a file that holds it.

        Args:
            name: The name of the secret.
            source: Where its value comes from: ``file(…)``, ``environ(…)``, ``password()``, ``key("es256")``; or several by name.
        """
        entries = emit_sources(source)
        known = need_plain(name, "name")
        self._declaration.add({"kind": "secret", "name": known, "entries": entries})
        return Secret(known, entries) if isinstance(source, Mapping) else SecretValue._of(known, "value")

    @overload
    def option(self, name: str, *, default: T, help: str = "", choices: Sequence[T] | None = None) -> Option[T]: ...
    @overload
    def option(self, name: str, *, type: type[T], help: str = "", choices: Sequence[T] | None = None) -> Option[T]: ...
    def option(
        self,
        name: str,
        *,
        default: Any = None,
        type: Any = None,  # noqa: A002
        help: str = "",  # noqa: A002
        choices: Sequence[Any] | None = None,
    ) -> Option[Any]:
        """Declares a setting that people give by ``--set NAME=VALUE``; it is remembered per instance.

        Args:
            name: The name of the option.
            default: Its value when nobody gives one; its type is the option's.
            type: ``str``, ``int``, ``float`` or ``bool``, for an option without default, which must be given.
            help: A sentence for those who give it.
            choices: The only values that it may have.
        """
        known = need_plain(name, "name")
        kind = type if type is not None else default.__class__
        kind_name = type_name(kind)
        if kind_name is None:
            wrong_type("default" if type is None else "type", "str, int, float or bool", kind)
            kind, kind_name, default = str, "text", ""
        allowed = [spell_value(each) for each in expect.items(choices, "choices", "values", (str, int, float))]
        if default is not None and allowed and spell_value(default) not in allowed:
            note(f"default= is {spell(default)}, which choices= does not have", argument="default")
        text = None if default is None else spell_value(default)
        node = {"kind": "option", "name": known, "type": kind_name, "default": text}
        self._declaration.add({**node, "help": need_plain(help, "help"), "choices": allowed})
        return Option._of(known, given_value(known, World.options.get(known), kind, default, allowed))

    def env_file(self, path: Path, *, secret: Sequence[str] = (), optional: bool = False) -> Settings:
        """Reads the names in a ``.env`` file; each stands for a reference to its value.

        Args:
            path: The file, relative to the one that says it.
            secret: Settings to hide, besides those whose name tells that they are secret.
            optional: Whether the file may be absent.
        """
        return declare_env_file(self._declaration, path, secret, optional=expect.flag(optional, "optional"))

    def include(self, pattern: str | os.PathLike[str], *, optional: bool = False) -> None:
        """Runs further files, each of which adds to this stack: ``stack.include("services/*/stack.py")``.

        Args:
            pattern: A file, or a pattern with ``*``, ``?`` or ``**``, relative to the file that says it.
            optional: Whether there may be no such file.
        """
        include(self._declaration, pattern, optional=expect.flag(optional, "optional"))

    def manifests(
        self,
        name: str,
        *given: Given,
        run: Run | None = None,
        inputs: Watched | Sequence[Watched] | None = None,
        cwd: Path | None = None,
        needs: Sequence[Needed] = (),
        images: Mapping[str, str | Image] | None = None,
        ports: Mapping[str, tuple[str, int]] | None = None,
        groups: str | Sequence[str] = (),
    ) -> Manifests:
        """Declares Kubernetes objects of the user's own, of any kind: ``stack.manifests("ingress", "k8s/ingress.yaml")``.

        Args:
            name: A name for all of them.
            given: YAML or JSON files, folders of such, patterns, and objects: dictionaries, or those of ``lightkube``.
            run: A command that prints objects as YAML or JSON: a list (a program and its arguments) or text (for the shell).
            inputs: Files that its output is made from: it runs again when one of them changes.
            cwd: The folder that it runs in; the one of the file that says it when left out.
            needs: What must be ready before they are applied.
            images: What is put in place of images in them, by their names there: ``{"shop/api": dockerfile()}``.
            ports: Ports that are reached from this machine, by name: ``{"web": ("Service/web", 80)}``.
            groups: Labels under which commands find them too.
        """
        known = need_plain(name, "name")
        data = {"kind": "manifests", "name": known, **emit_given(given), **emit_printing(run, inputs, cwd)}
        data["watched"] = [*data["watched"], *data.get("inputs", [])]
        data |= {"needs": emit_needs(needs), "groups": expect.texts(groups, "groups", "the label of a group")}
        if images is not None:
            data["images"] = emit_images(images)
        if ports is not None:
            data["ports"] = emit_opened(ports)
        if not given and run is None:
            note("manifests() has neither files nor objects", hint='name a file: stack.manifests("it", "k8s/it.yaml")')
        self._declaration.add(data)
        return Manifests(known)

    def tool(
        self, name: str, *, product: str | None = None, version: str | None = None, programs: Sequence[str] = ()
    ) -> Tool:
        """Declares a tool: programs that are found or fetched, and put on the ``PATH`` of who names it in ``tools=``.

        Args:
            name: The name of the tool.
            product: What it is, when its name does not say it.
            version: The version that it must have.
            programs: The programs that must be there.
        """
        known = need_plain(name, "name")
        needed = expect.texts(programs, "programs", "the name of a program")
        node = {"kind": "tool", "name": known, "product": need_plain(product or name, "product"), "programs": needed}
        if version is not None:
            node["version"] = need_plain(version, "version", 'a version such as "22"')
        self._declaration.add(node)
        return Tool(known, tuple(needed))
