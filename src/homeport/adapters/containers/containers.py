"""Containers as services: started, heard and ended through the API of a Docker engine."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from msgspec.structs import replace

from homeport.adapters.containers import pulling
from homeport.adapters.containers.creating import LABEL, LOOPBACK, creation, fresh_name, labels, owned_by
from homeport.adapters.containers.engine import Engine, Refused
from homeport.adapters.containers.executing import Executed
from homeport.adapters.containers.failing import start_failure
from homeport.adapters.containers.files import clear, put
from homeport.adapters.containers.finding import find
from homeport.adapters.containers.gateway import gateway_in
from homeport.adapters.containers.http import Answer
from homeport.adapters.containers.running import LISTENING, Contained
from homeport.aio.companions import Companions
from homeport.aio.grace import carried_through
from homeport.aio.threads import in_thread
from homeport.model.errors import OutsideError
from homeport.ports.containers import ContainerLaunch, Leftover, Note, NoWill, Promise, Volume, Will
from homeport.ports.runtime import Output

LAST_GRACE: Final = 3.0
"""Seconds that containers have when this is closed while they still run."""


class DockerContainers:
    """Keeps the promises of ``ports.containers.Containers``, for as long as the ``async with`` lasts.

    ``environ`` says which engine is meant, as docker's own client would take it. ``folder`` is where contents lie that are
    mounted, for as long as their containers live. ``will`` sees to what we leave if we are killed.
    """

    def __init__(self, environ: Mapping[str, str], folder: Path, will: Will | None = None) -> None:
        self._environ = environ
        self._folder = folder
        self._will = will or NoWill()
        self._companions = Companions()
        self._running: dict[str, Contained] = {}
        self._names: set[str] = set()
        self._engine: Engine | None = None
        self._gateway: tuple[str | None] | None = None

    async def __aenter__(self) -> Self:
        """Touch nothing: the engine is looked for when it is needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End and remove whatever still runs."""
        await carried_through(self._close())

    async def engine(self) -> str:
        """Return what runs containers here, with its version."""
        told = await self._reach().ask("GET", "/version")
        parts = [str(part.get("Name", "")) for part in told.get("Components") or ()]
        name = "Podman" if any("podman" in part.lower() for part in parts) else "Docker"
        return f"{name} {told['Version']}"

    async def provide(self, image: str, note: Note) -> None:
        """Have an image ready; what is not there is pulled."""
        engine = self._reach()
        if not await pulling.has(engine, image):
            await pulling.pull(engine, image, self._environ, note)

    async def start(self, launch: ContainerLaunch, output: Output, note: Note = lambda _: None) -> Contained:
        """Start a container."""
        engine, name = self._reach(), fresh_name(launch)
        gateway = await self.gateway()
        addresses = [LOOPBACK] if gateway is None else [LOOPBACK, gateway]
        promise = Promise(name, engine.address.url, engine.address.certificates, launch.stop, launch.grace)
        self._names.add(name)
        self._will.promise(promise)
        contained = Contained(engine, name, launch, self._companions, note, self._has_gone)
        try:
            files = await in_thread(lambda: put(self._folder / name, launch.files))
            await self._create(engine, name, launch, creation(launch, files, addresses), note)
            self._will.promise(replace(promise, sure=True))
            attached = await self._begin(engine, name, launch)
        except BaseException as error:
            await carried_through(contained.discard())
            if isinstance(error, Refused):
                raise start_failure(launch, error) from None
            raise
        self._running[launch.label] = contained
        contained.follow(attached, output)
        contained.pid = await self._pid(engine, name) if gateway is not None else 0
        return contained

    async def run_in(
        self, label: str, argv: Sequence[str], output: Output, *, env: Mapping[str, str] | None = None
    ) -> Executed:
        """Start a command in a running container."""
        contained = self._running.get(label)
        if contained is None:
            raise OutsideError(f"{label}: no container of it runs", hint=f"start it first: homeport restart {label}")
        engine = self._reach()
        wanted = {
            "AttachStdout": True,
            "AttachStderr": True,
            "Cmd": list(argv),
            "Env": [f"{key}={value}" for key, value in (env or {}).items()],
        }
        try:
            made = await engine.ask("POST", f"/containers/{contained.name}/exec", body=wanted)
            stream = await engine.open("POST", f"/exec/{made['Id']}/start", body={"Detach": False, "Tty": False})
        except Refused as refused:
            raise OutsideError(
                f'{label}: "{argv[0]}" cannot be started in its container: {refused.said}',
                hint="a command in a container finds the programs of its image alone",
            ) from None
        local = await self.gateway() is not None
        executed = Executed(engine, str(made["Id"]), contained.name, stream, output, local=local)
        executed.follow(self._companions)
        return executed

    async def gateway(self) -> str | None:
        """Return the address of this machine at which containers find what is published for them; None: its loopback."""
        if self._gateway is None:
            try:
                self._gateway = (gateway_in(await self._reach().ask("GET", "/networks/bridge")),)
            except Refused:
                self._gateway = (None,)  # this engine has no such network
        return self._gateway[0]

    async def volumes(self, owner: str) -> tuple[Volume, ...]:
        """Return the volumes of an instance."""
        told = await self._reach().ask("GET", "/volumes", {"filters": json.dumps(owned_by(owner))})
        found = [(str(each["Name"]), each.get("Labels") or {}) for each in told.get("Volumes") or ()]
        return tuple(Volume(name, str(tags.get(f"{LABEL}service", ""))) for name, tags in sorted(found))

    async def remove_volume(self, name: str) -> None:
        """Remove a volume with its data."""
        try:
            await self._reach().ask("DELETE", f"/volumes/{name}")
        except Refused as refused:
            if refused.status != 404:
                hint = "`docker ps --all --filter volume=NAME` tells what uses it"
                raise OutsideError(f'the volume "{name}" cannot be removed: {refused.said}', hint=hint) from None

    async def leftovers(self, owner: str) -> tuple[Leftover, ...]:
        """Return the containers of an instance that were not started here."""
        query = {"all": 1, "filters": json.dumps(owned_by(owner))}
        told = await self._reach().ask("GET", "/containers/json", query)
        found = [(str(each["Names"][0]).lstrip("/"), each["Labels"]) for each in told if each.get("Names")]
        return tuple(
            Leftover(name, str(tags.get(f"{LABEL}service", "")))
            for name, tags in sorted(found)
            if name not in self._names
        )

    async def remove(self, name: str) -> None:
        """Kill and remove a container that was left."""
        try:
            await self._reach().ask("DELETE", f"/containers/{name}", {"force": 1, "v": 1})
        except Refused as refused:
            if refused.status not in (404, 409):  # 409: somebody is at it already
                hint = f"try it by hand: docker rm --force {name}"
                raise OutsideError(f'the container "{name}" cannot be removed: {refused.said}', hint=hint) from None

    def _reach(self) -> Engine:
        """Return the engine that is meant; it stays the same from then on."""
        if self._engine is None:
            self._engine = Engine(find(self._environ))
        return self._engine

    async def _create(
        self, engine: Engine, name: str, launch: ContainerLaunch, wanted: Mapping[str, Any], note: Note
    ) -> None:
        kept = labels(replace(launch.belongs, house="", replica=0))
        for volume in filter(None, launch.volumes.values()):
            await engine.ask("POST", "/volumes/create", body={"Name": volume, "Labels": kept})
        try:
            await engine.ask("POST", "/containers/create", {"name": name}, wanted)
        except Refused as refused:
            if refused.status != 404:
                raise
            await self.provide(launch.image, note)
            await engine.ask("POST", "/containers/create", {"name": name}, wanted)

    async def _begin(self, engine: Engine, name: str, launch: ContainerLaunch) -> Answer:
        """Start a created container and return what it writes, from its first byte on."""
        attached = await engine.open("POST", f"/containers/{name}/attach", LISTENING)
        try:
            await engine.ask("POST", f"/containers/{name}/start")
            if launch.tty:
                await self._resize(engine, name, launch.env)
        except BaseException:
            attached.close()
            raise
        return attached

    async def _resize(self, engine: Engine, name: str, env: Mapping[str, str]) -> None:
        """Give its terminal the size that its environment tells."""
        size = {"h": env.get("LINES", ""), "w": env.get("COLUMNS", "")}
        try:
            if all(each.isascii() and each.isdigit() for each in size.values()):
                await engine.ask("POST", f"/containers/{name}/resize", size)
        except Refused:
            return  # it has ended already

    async def _pid(self, engine: Engine, name: str) -> int:
        try:
            return int((await engine.ask("GET", f"/containers/{name}/json"))["State"]["Pid"])
        except (Refused, OutsideError):
            return 0  # it is gone already, as its end will tell

    def _has_gone(self, contained: Contained, removed: bool) -> None:
        """Forget a container; one that could not be removed stays promised."""
        if self._running.get(contained.launch.label) is contained:
            del self._running[contained.launch.label]
        clear(self._folder / contained.name)
        if removed:
            self._will.release(contained.name)

    async def _close(self) -> None:
        gone = [contained.ask(contained.launch.stop, LAST_GRACE) for contained in list(self._running.values())]
        for each in gone:
            await each
        await self._companions.close()
