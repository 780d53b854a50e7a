"""Images by the engine's own client."""

import os
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, json

from homeport.adapters.images.docker import build_env, build_words, is_remote, no_client, not_reached
from homeport.adapters.images.failing import build_failure, command_failure, push_failure
from homeport.adapters.images.inputs import Dockerfiles, read_inputs, read_texts
from homeport.adapters.images.loading import Shipping
from homeport.adapters.images.plain import TAIL, BuildLog, PushLog
from homeport.adapters.images.programs import Hear, Spawn, run
from homeport.adapters.images.registry import has, is_loopback
from homeport.aio.threads import in_thread
from homeport.aio.together import together
from homeport.kit.imageinputs import substituted
from homeport.kit.imagenames import parsed
from homeport.model.errors import OutsideError
from homeport.ports.builder import (
    Destination,
    FromCommand,
    FromDockerfile,
    Inputs,
    InputsChanged,
    Made,
    Recipe,
    Said,
    Tell,
    ToCluster,
    ToEngine,
    ToRegistry,
)  # fmt: skip
from homeport.ports.runtime import Exit, Launch


class _Config(Struct, rename="pascal"):
    """What an engine says of the program of an image."""

    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None


class DockerBuilder:
    """Keeps the promises of ``ports.builder.Builder`` by ``docker``, with BuildKit, and buildx where it is installed.

    ``spawn`` starts programs (``Runtime.spawn``), ``env`` is the environment that they get, ``folder`` is where builds may
    put small files while they last (it is made when it is missing).
    """

    def __init__(self, spawn: Spawn, env: Mapping[str, str], folder: Path) -> None:
        self._spawn = spawn
        self._env = env
        self._folder = folder
        self._buildx: bool | None = None

    def inputs(self, recipe: Recipe, apart: Callable[[str], bool] = lambda _: False) -> Inputs:
        """Read what an image is made from (blocking)."""
        return read_inputs(recipe, apart)

    async def is_there(self, name: str, to: Destination) -> bool:
        """Whether the image is at its destination."""
        return await self._is_here(name) if isinstance(to, ToEngine) else await self._arrived(name, to)

    async def command(self, name: str) -> tuple[str, ...]:
        """Return what an image that the engine has starts by itself."""
        _, told = await self._ask("image", "inspect", "--format", "{{json .Config}}", name)
        config = json.decode(told, type=_Config)
        return (*(config.entrypoint or ()), *(config.cmd or ()))

    async def engine(self) -> str:
        """Return what makes images here, with its version."""
        _, told = await self._ask("version", "--format", "Docker {{.Server.Version}}")
        return told.strip()

    async def deliver(self, recipe: Recipe, name: str, to: Destination, tell: Tell) -> Made:
        """Bring the image to its destination, and make it before when neither that nor the engine has it."""
        if await self._arrived(name, to):
            return "there"
        made: Made = "there" if isinstance(to, ToEngine) else "brought"
        # Each question is a start of the client, some 100 ms: where a build is likely they are asked at once.
        likely = isinstance(to, ToRegistry) and isinstance(recipe, FromDockerfile)
        is_here, *_ = await together(self._is_here(name), *([self._has_buildx()] if likely else []))
        if not is_here:
            made = "built"
            if isinstance(recipe, FromDockerfile):
                await self._build(recipe, name, tell)
            elif await self._command(recipe, name, to, tell):
                return made
        await self._bring(recipe, name, to, tell)
        return made

    async def _arrived(self, name: str, to: Destination) -> bool:
        if isinstance(to, ToCluster):
            return await self._shipping(to).has(name)
        if not isinstance(to, ToRegistry):
            return False
        image = parsed(name)
        local = is_loopback(image.registry)
        if local and is_remote(self._env):
            return False  # it means the engine's own loopback; a push of what is there costs little
        try:
            found, lost = await has(image, plain=local or to.plain), None
        except OutsideError as error:
            if local:
                raise
            found, lost = None, error
        if found is None:
            # The client has credentials, and knows the proxies on the way.
            insecure = ["--insecure"] if to.plain else []
            exit_, told = await self._ask("manifest", "inspect", *insecure, name, fails=True)
            if exit_.code != 0 and lost is not None and "no such manifest" not in told:
                raise lost
            found = exit_.code == 0
        return found

    async def _bring(self, recipe: Recipe, name: str, to: Destination, tell: Tell) -> None:
        if isinstance(to, ToCluster):
            await self._shipping(to).load(name, tell)
        elif isinstance(to, ToRegistry):
            await self._push(name, tell)
            for tag in recipe.tags if isinstance(recipe, FromDockerfile) else ():
                if parsed(tag).registry == parsed(name).registry:
                    await self._push(tag, tell)

    async def _is_here(self, name: str) -> bool:
        exit_, _ = await self._ask("image", "inspect", "--format", "{{.Id}}", name, fails=True)
        return exit_.code == 0

    async def _has_buildx(self) -> bool:
        if self._buildx is None:
            self._buildx = (await self._ask("buildx", "version", fails=True))[0].code == 0
        return self._buildx

    async def _build(self, recipe: FromDockerfile, name: str, tell: Tell) -> None:
        buildx = await self._has_buildx()
        with tempfile.TemporaryDirectory(dir=await in_thread(self._made_folder)) as place:
            folder = Path(place)
            texts = await in_thread(lambda: _put(recipe, folder))
            log = BuildLog(tell)
            file, id_file = folder / os.path.basename(recipe.file), folder / "id"
            words = build_words(recipe, str(file), str(id_file), buildx=buildx)
            exit_ = await self._docker(words, log.hear, env=build_env(recipe), cwd=recipe.context)
            if exit_.code != 0:
                raise not_reached(log.outside, self._env) or build_failure(recipe, texts.parsed, name, log)
            image = id_file.read_text(encoding="ascii").strip()
        await self._unchanged(recipe, name)
        for tag in (name, *recipe.tags):
            await self._ask("tag", image, tag)

    async def _command(self, recipe: FromCommand, name: str, to: Destination, tell: Tell) -> bool:
        """Run the command that makes an image; return whether it brought it to its destination as well."""
        last: deque[str] = deque(maxlen=TAIL)

        def hear(text: str) -> None:
            last.append(text)
            tell(Said(0, text))

        env = {**self._env, **recipe.env, **recipe.secrets, "HOMEPORT_IMAGE": name}
        exit_ = await run(self._spawn, Launch(f"image {name}", recipe.argv, recipe.cwd, env), hear)
        if exit_.code != 0:
            raise command_failure(recipe, name, exit_, tuple(last))
        arrived = await self._arrived(name, to)
        if not arrived and not await self._is_here(name):
            raise command_failure(recipe, name, None, tuple(last))
        try:
            await self._unchanged(recipe, name)
        except InputsChanged:
            await self._ask("image", "rm", name, fails=True)
            raise
        return arrived

    async def _unchanged(self, recipe: Recipe, name: str) -> None:
        """Raise InputsChanged when the name, if it is one of ours, is not that of what there is now."""
        _, ours, digest = name.rpartition(":hp-")
        if ours and (await in_thread(lambda: read_inputs(recipe))).digest != digest:
            raise InputsChanged(f'files of image "{name}" changed while it was built', hint="it is built anew")

    async def _push(self, name: str, tell: Tell) -> None:
        log = PushLog(tell)
        exit_ = await self._docker(["push", name], log.hear)
        if exit_.code != 0:
            told = "\n".join(log.last)
            raise not_reached(told, self._env) or push_failure(name, tuple(log.last))

    def _shipping(self, to: ToCluster) -> Shipping:
        return Shipping(to, self._spawn, self._env)

    async def _ask(self, *words: str, fails: bool = False) -> tuple[Exit, str]:
        """Run a short command of the client and return what it said. ``fails``: an answer of no is an answer too."""
        lines: list[str] = []
        exit_ = await self._docker(words, lines.append)
        told = "\n".join(lines)
        if exit_.code != 0:
            lost = not_reached(told, self._env)
            if lost is not None or not fails:
                raise lost or OutsideError(f"docker {words[0]} failed: {told.strip() or 'it says nothing'}")
        return exit_, told

    async def _docker(
        self, words: Sequence[str], hear: Hear, *, env: Mapping[str, str] | None = None, cwd: str = "/"
    ) -> Exit:
        launch = Launch(f"docker {words[0]}", ("docker", *words), cwd, {**self._env, **(env or {})}, stop="SIGINT")
        try:
            return await run(self._spawn, launch, hear)
        except OutsideError as error:
            raise (no_client(self._env) if "was not found" in error.what else error) from error

    def _made_folder(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder


def _put(recipe: FromDockerfile, folder: Path) -> Dockerfiles:
    """Write what the engine is to read into a folder: the Dockerfile with our bases in it, and the ignore file that counts."""
    texts = read_texts(recipe)
    base = os.path.basename(recipe.file)
    text = substituted(texts.text, texts.parsed, recipe.bases) if recipe.bases else texts.text
    (folder / base).write_text(text, encoding="utf-8", errors="surrogateescape")
    # Never empty: an empty one would not stand for the other one.
    ignored = f"# as of {texts.ignore_file}\n{texts.ignore_text}"
    (folder / f"{base}.dockerignore").write_text(ignored, encoding="utf-8", errors="surrogateescape")
    return texts
