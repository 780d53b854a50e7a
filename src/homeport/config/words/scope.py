"""The declaring words that a stack and a group share."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Literal

from homeport.config.words import expect, places
from homeport.config.words.amounts import Amounts
from homeport.config.words.containers import Container, emit_container, settle
from homeport.config.words.declaration import Declaration
from homeport.config.words.expect import Duration, Size
from homeport.config.words.files import Files, Patterns, emit_files
from homeport.config.words.handles import Handle
from homeport.config.words.images import Image, emit_image
from homeport.config.words.links import Link, emit_links
from homeport.config.words.mistakes import note, wrong_type
from homeport.config.words.needs import Needed
from homeport.config.words.patches import Patch, remember
from homeport.config.words.placement import Place, PlaceName, emit_place, settle_place
from homeport.config.words.policies import Keep, Policy, Restart, Stop, emit_keep, emit_restart, emit_stop
from homeport.config.words.ports import Port, emit_ports
from homeport.config.words.probes import Probe, emit_probe
from homeport.config.words.services import Service
from homeport.config.words.settings import Settings
from homeport.config.words.shared import combine, emit_common
from homeport.config.words.tasks import Task
from homeport.config.words.tools import Tool
from homeport.config.words.values import Plain, bind_own_port, emit_command, need_plain, uses_own_data

Command = str | Sequence[Plain]
"""A list is a program and its arguments; text is for the shell."""
Path = str | os.PathLike[str]
EnvFile = Path | Settings
Watched = Patterns | Files

_COMMON = ("cwd", "env", "env_files", "needs", "tools", "groups", "stop")
_SERVICE = (*_COMMON, "image", "on", "reload", "restart", "builds", "logs")


class Scope:
    """Where services and tasks are declared: the stack, or a group of it. What a component is given first."""

    def __init__(self, declaration: Declaration, shared: Mapping[str, Any]) -> None:
        self._declaration = declaration
        self._shared = shared

    def service(
        self,
        name: str,
        *,
        run: Command | None = None,
        cwd: Path | None = None,
        env: Mapping[str, Plain] | None = None,
        env_file: EnvFile | Sequence[EnvFile] | None = None,
        port: int | Port | None = None,
        ports: Mapping[str, int | Port] | None = None,
        host: int | None = None,
        ready: Probe | None = None,
        live: Probe | None = None,
        needs: Sequence[Needed] = (),
        build: Task | Sequence[Task] = (),
        tools: Sequence[Tool] = (),
        reload: Watched | Sequence[Watched] | None = None,
        restart: Policy | Restart | None = None,
        stop: str | Stop | None = None,
        logs: Size | Keep | None = None,
        replicas: int = 1,
        groups: str | Sequence[str] = (),
        links: Mapping[str, str] | Sequence[Link] = (),
        starts: bool = True,
        tty: bool = False,
        keeps: Literal["folder", "run"] | None = None,
        image: str | Image | None = None,
        container: Container | None = None,
        files: Mapping[str, str] | None = None,
        storage: Size | None = None,
        memory: Amounts | None = None,
        cpu: Amounts | None = None,
        patch: Patch | None = None,
        on: Place | PlaceName | None = None,
        component: str | None = None,
    ) -> Service:
        """Declares a program that keeps running.

        Args:
            name: Its name: lower-case letters, digits and dashes.
            run: Its command: a list (a program and its arguments) or text (for the shell).
            cwd: The folder that it runs in; the one of the file that says it when left out.
            env: Environment variables. What a value refers to is needed.
            env_file: A ``.env`` file (or several, later ones win) whose values it gets, below ``env``.
            port: The port that it listens on, told to it as ``PORT``.
            ports: Several ports by name; the first one is told as ``PORT``.
            host: Another number for its (first) port on this machine.
            ready: How it shows that it is ready; that its port accepts a connection, when left out.
            live: How it shows that it still works; it is restarted when it does not.
            needs: What must be ready before it starts, besides what its values refer to.
            build: Build steps to run before it starts and when their inputs change.
            tools: Tools whose programs are put on its ``PATH``.
            reload: Files whose change restarts it.
            restart: What follows when it ends by itself.
            stop: The signal that asks it to end, and how long it may take.
            logs: How much of its log is kept: a size, or ``keep(size, age=…)``.
            replicas: How many of it run; those that listen share one address.
            groups: Labels under which commands find it too.
            links: Addresses worth showing, by title: ``{"API": "/docs"}``.
            starts: Whether it starts by itself, or only when it is named or needed.
            tty: Whether it runs on a terminal of its own.
            keeps: What becomes of its data: ``"folder"`` keeps ``this.data`` (as does using it), with ``"run"`` they end
                with the program.
            image: What it is made from as a container: ``dockerfile(…)``, ``built(…)`` or a name such as ``"postgres:16"``.
                With one, ``run`` may be left out: the image's own command runs, and only in a container.
            container: What differs in a container: ``container(…)``.
            files: Files of its container by their path there: texts, and secrets, which only its program can read.
            storage: How much room its data have in a cluster, such as ``"5Gi"``.
            memory: What its container asks for, such as ``"512Mi"``; a pair says the most that it may use, too.
            cpu: Processors that its container asks for, such as ``"250m"`` or ``0.5``; a pair says the most, too.
            patch: Fields of its Kubernetes objects by kind, laid over ours: ``{"Deployment": {"spec": {…}}}``. A kind may
                have a name with it, such as ``"Service/db-pods"``; in place of fields it takes a typed object, or a function.
            on: Where it runs: ``here``, ``docker`` or ``kubernetes``; as the stack says when left out.
            component: What it is, when a component made it.
        """
        declared = emit_ports(port, ports, host)
        own = emit_common(self._declaration, cwd, env, env_file, needs, tools, groups)
        _add_policies(own, reload, restart, stop, logs, build)
        _add_image(own, image)
        _add_place(own, on)
        data = self._joined(own, _SERVICE)
        contained = emit_container(data.pop("image", None), container, files=files, patch=patch, memory=memory, cpu=cpu,
                                   storage=storage)  # fmt: skip
        data |= {"kind": "service", "name": need_plain(name, "name"), "ports": declared}
        data |= {"run": _command(run, "service", contained), "container": contained}
        data["on"] = settle_place(data.get("on", ""), on, contained)
        data |= {"ready": emit_probe(ready, "ready"), "live": emit_probe(live, "live")}
        data |= {"replicas": expect.whole(replicas, "replicas", 0), "links": emit_links(links)}
        data |= {"starts": expect.flag(starts, "starts"), "tty": expect.flag(tty, "tty"), "component": component}
        kept = "folder" if uses_own_data([data["run"], data.get("env")]) else None
        data["keeps"] = expect.one_of(keeps, "keeps", ("folder", "run")) if keeps is not None else kept
        first = declared[0]["name"] if declared else None
        for argument in ("run", "env", "ready", "live", "links"):
            bind_own_port(data.get(argument), first, argument)
        if contained is not None:
            settle(contained, first, data["keeps"], [data["run"], data.get("env")])
            remember(data["name"], patch)
        self._declaration.add(data)
        return Service(data["name"], tuple(each["name"] for each in declared))

    def task(
        self,
        name: str,
        *,
        run: Command | None = None,
        cwd: Path | None = None,
        env: Mapping[str, Plain] | None = None,
        env_file: EnvFile | Sequence[EnvFile] | None = None,
        needs: Sequence[Needed] = (),
        tools: Sequence[Tool] = (),
        inputs: Watched | Sequence[Watched] | None = None,
        outputs: Path | Sequence[Path] = (),
        args: Sequence[str] = (),
        timeout: Duration | None = None,
        stop: str | Stop | None = None,
        groups: str | Sequence[str] = (),
        manual: bool = False,
        tty: bool = False,
        image: str | Image | None = None,
        container: Container | None = None,
        files: Mapping[str, str] | None = None,
        memory: Amounts | None = None,
        cpu: Amounts | None = None,
        patch: Patch | None = None,
        on: Place | PlaceName | None = None,
    ) -> Task:
        """Declares a program that runs to its end. Who needs it waits for its success.

        Args:
            name: Its name: lower-case letters, digits and dashes.
            run: Its command: a list (a program and its arguments) or text (for the shell).
            cwd: The folder that it runs in; the one of the file that says it when left out.
            env: Environment variables. What a value refers to is needed.
            env_file: A ``.env`` file (or several, later ones win) whose values it gets, below ``env``.
            needs: What must be ready before it starts, besides what its values refer to.
            tools: Tools whose programs are put on its ``PATH``.
            inputs: Files that its result depends on: it runs again when they change, and is skipped while they do not.
            outputs: Files or folders that it makes: where one is missing it is not skipped.
            args: Arguments that it gets unless others are given by ``homeport trigger NAME -- ARGUMENTS``.
            timeout: How long it may take.
            stop: The signal that asks it to end, and how long it may take.
            groups: Labels under which commands find it too.
            manual: Whether it runs only when it is triggered.
            tty: Whether it runs on a terminal of its own.
            image: What it is made from as a container: ``dockerfile(…)``, ``built(…)`` or a name such as ``"postgres:16"``.
                With one, ``run`` may be left out: the image's own command runs, and only in a container.
            container: What differs in a container: ``container(…)``.
            files: Files of its container by their path there: texts, and secrets, which only its program can read.
            memory: What its container asks for, such as ``"512Mi"``; a pair says the most that it may use, too.
            cpu: Processors that its container asks for, such as ``"250m"`` or ``0.5``; a pair says the most, too.
            patch: Fields of its Kubernetes objects by kind, laid over ours: ``{"Job": {"spec": {…}}}``. A kind may have a
                name with it; in place of fields it takes a typed object, or a function.
            on: Where it runs: ``here``, ``docker`` or ``kubernetes``; as the stack says when left out.
        """
        own = emit_common(self._declaration, cwd, env, env_file, needs, tools, groups)
        _add_image(own, image)
        _add_place(own, on)
        contained = emit_container(own.get("image", self._shared.get("image")), container, files=files, patch=patch,
                                   memory=memory, cpu=cpu)  # fmt: skip
        if contained is not None:
            settle(contained, None, None, ())
            remember(need_plain(name, "name"), patch)
        return self._task(name, _command(run, "task", contained), own, inputs, outputs, stop, timeout, tty, {
            "container": contained, "on": settle_place(own.get("on", self._shared.get("on", "")), on, contained),
            "args": expect.texts(args, "args", "an argument"), "manual": expect.flag(manual, "manual")})  # fmt: skip

    def build(
        self,
        name: str,
        *,
        run: Command,
        cwd: Path | None = None,
        env: Mapping[str, Plain] | None = None,
        env_file: EnvFile | Sequence[EnvFile] | None = None,
        needs: Sequence[Needed] = (),
        tools: Sequence[Tool] = (),
        inputs: Watched | Sequence[Watched] | None = None,
        outputs: Path | Sequence[Path] = (),
        timeout: Duration | None = None,
        stop: str | Stop | None = None,
        groups: str | Sequence[str] = (),
        tty: bool = False,
    ) -> Task:
        """Declares a build step for the services that name it in ``build=``.

        It runs before they start and when its inputs change; when it fails, the running programs stay.

        Args:
            name: Its name: lower-case letters, digits and dashes.
            run: Its command: a list (a program and its arguments) or text (for the shell).
            cwd: The folder that it runs in; the one of the file that says it when left out.
            env: Environment variables. What a value refers to is needed.
            env_file: A ``.env`` file (or several, later ones win) whose values it gets, below ``env``.
            needs: What must be ready before it starts, besides what its values refer to.
            tools: Tools whose programs are put on its ``PATH``.
            inputs: Files that its result depends on: it runs again when they change, and is skipped while they do not.
            outputs: Files or folders that it makes: where one is missing it is not skipped.
            timeout: How long it may take.
            stop: The signal that asks it to end, and how long it may take.
            groups: Labels under which commands find it too.
            tty: Whether it runs on a terminal of its own.
        """
        own = emit_common(self._declaration, cwd, env, env_file, needs, tools, groups)
        return self._task(name, emit_command(run), own, inputs, outputs, stop, timeout, tty, {"build": True})

    def group(
        self,
        name: str,
        *,
        cwd: Path | None = None,
        env: Mapping[str, Plain] | None = None,
        env_file: EnvFile | Sequence[EnvFile] | None = None,
        needs: Sequence[Needed] = (),
        build: Task | Sequence[Task] = (),
        tools: Sequence[Tool] = (),
        reload: Watched | Sequence[Watched] | None = None,
        restart: Policy | Restart | None = None,
        stop: str | Stop | None = None,
        logs: Size | Keep | None = None,
        image: str | Image | None = None,
        on: Place | PlaceName | None = None,
    ) -> Group:
        """Declares a group: a label, and what its members share.

        The members' own ``env``, ``env_file``, ``needs``, ``build`` and ``tools`` add to the group's; anything else that
        a member says wins.

        Args:
            name: The label, which commands take wherever they take a name.
            cwd: The folder that the members run in.
            env: Environment variables of all members.
            env_file: ``.env`` files whose values all members get.
            needs: What must be ready before any member starts.
            build: Build steps of all services in it.
            tools: Tools of all members.
            reload: Files whose change restarts the services in it.
            restart: What follows when a service in it ends by itself.
            stop: The signal that asks a member to end, and how long it may take.
            logs: How much of the log of each service in it is kept.
            image: What its services and tasks are made from as containers.
            on: Where those of its services and tasks run that can: ``here``, ``docker`` or ``kubernetes``.
        """
        own = emit_common(self._declaration, cwd, env, env_file, needs, tools, need_plain(name, "name"))
        _add_policies(own, reload, restart, stop, logs, build)
        _add_image(own, image)
        _add_place(own, on)
        return Group(self._declaration, combine(self._shared, own))

    def _task(self, name: str, run: object, own: dict[str, Any], inputs: object, outputs: object, stop: object,
              timeout: object, tty: object, rest: dict[str, Any]) -> Task:  # fmt: skip
        if stop is not None:
            own["stop"] = emit_stop(stop)
        data = self._joined(own, _COMMON)
        data |= {"kind": "task", "name": need_plain(name, "name"), "run": run, **rest}
        data |= {"inputs": emit_files(inputs, "inputs"), "tty": expect.flag(tty, "tty")}
        made = expect.items(outputs, "outputs", "paths", (str, os.PathLike))
        data["outputs"] = [places.resolve(each) for each in made]
        if timeout is not None:
            data["timeout"] = expect.duration(timeout, "timeout", positive=True)
        for argument in ("run", "env"):
            bind_own_port(data.get(argument), None, argument)
        self._declaration.add(data)
        return Task(data["name"])

    def _joined(self, own: dict[str, Any], arguments: tuple[str, ...]) -> dict[str, Any]:
        shared = {name: value for name, value in self._shared.items() if name in arguments}
        data = combine(deepcopy(shared), own) if shared else own
        data.setdefault("cwd", places.folder())
        return data


class Group(Scope):
    """A label and what its members share, made by ``stack.group()``: it has ``service``, ``task``, ``build`` and ``group``."""


def _add_image(data: dict[str, Any], image: object) -> None:
    if image is not None:
        data["image"] = emit_image(image)


def _add_place(data: dict[str, Any], on: object) -> None:
    if on is not None:
        data["on"] = emit_place(on)


def _command(run: object, word: str, contained: object) -> Any:
    """Return the data of ``run=``, which only a container may leave out: its image has a command."""
    if run is None:
        if contained is None:
            note(f"{word}() needs run=", hint="add run=… to the call; only with image=… it may be left out")
        return None
    return emit_command(run)


def _add_policies(data: dict[str, Any], reload: object, restart: object, stop: object, logs: object,
                  build: object) -> None:  # fmt: skip
    if reload is not None:
        data["reload"] = emit_files(reload, "reload")
    if restart is not None:
        data["restart"] = emit_restart(restart)
    if stop is not None:
        data["stop"] = emit_stop(stop)
    if logs is not None:
        data["logs"] = emit_keep(logs)
    if build:
        data["builds"] = []
        for each in expect.items(build, "build", "build steps", (str, Handle)):
            if isinstance(each, Task | str):
                data["builds"].append(each if isinstance(each, str) else each._name)
            else:
                wrong_type("build", "what stack.build() returns", each)
