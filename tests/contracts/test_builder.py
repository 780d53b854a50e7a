"""What every builder promises: the fake, and a real engine with a registry when HOMEPORT_TEST_CLUSTER=1 says there are."""

import asyncio
import os
import re
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NoReturn

import psutil
import pytest

from homeport.adapters.images import DockerBuilder
from homeport.adapters.process import ProcessRuntime
from homeport.model.errors import OutsideError
from homeport.model.parts import Files
from homeport.ports.builder import (
    Builder,
    BuildFailed,
    FromCommand,
    FromDockerfile,
    InputsChanged,
    Progress,
    Recipe,
    Said,
    Step,
    ToEngine,
    ToRegistry,
)
from homeport.ports.fakes.builder import FakeBuilder, Making
from homeport.ports.fakes.output import Ear
from homeport.ports.runtime import Launch

Absent = Callable[[str], NoReturn]


class Yard:
    """A builder, and recipes of small images that nobody else makes."""

    def __init__(self, builder: Builder, root: Path, registry: str) -> None:
        self.builder = builder
        self.registry = registry
        self.root = root
        self.stack = f"test-{uuid.uuid4().hex[:12]}"
        self.told: list[Progress] = []
        self.names: list[str] = []

    @property
    def fake(self) -> FakeBuilder | None:
        return self.builder if isinstance(self.builder, FakeBuilder) else None

    def image(self, lines: str = "", *, base: str = "busybox:1.36", making: Making | None = None) -> FromDockerfile:
        """Return an image with one file in it."""
        file = self.root / "Dockerfile"
        file.write_text(f"FROM {base}\nLABEL test={self.stack}\nCOPY a.txt /\n{lines}\n")
        recipe = FromDockerfile(str(file), str(self.root))
        if self.fake is not None:
            self.fake.makings[recipe.file] = making or Making()
            self.fake.bases[recipe.file] = (base,)
        self.edit("first")
        return recipe

    def command(self, script: str, making: Making | None = None) -> FromCommand:
        """Return an image that a script makes; it finds what it needs in its folder."""
        file = self.root / "make"
        file.write_text(f"#!/bin/sh\nset -e\n{script}\n")
        file.chmod(0o755)
        if self.fake is not None:
            self.fake.makings[str(file)] = making or Making()
        (self.root / "Dockerfile").write_text(f"FROM busybox:1.36\nLABEL test={self.stack}\nCOPY a.txt /\n")
        self.edit("first")
        return FromCommand((str(file),), str(self.root), (Files(str(self.root), ("*.txt", "Dockerfile")),))

    def edit(self, text: str) -> None:
        """Change the file that the images hold."""
        (self.root / "a.txt").write_text(f"{self.stack} {text}")
        if self.fake is not None:
            self.fake.contents[str(self.root)] = text

    def name(self, recipe: Recipe, service: str = "api", registry: str | None = None) -> str:
        name = f"{registry or self.registry}/{self.stack}-{service}:hp-{self.builder.inputs(recipe).digest}"
        self.names.append(name)
        return name

    def hear(self, progress: Progress) -> None:
        self.told.append(progress)

    async def deliver(self, recipe: Recipe, *, to: ToRegistry | ToEngine | None = None) -> str:
        return await self.builder.deliver(recipe, self.name(recipe), to or ToRegistry(), self.hear)


@pytest.fixture(params=["fake", "docker"])
async def yard(request: pytest.FixtureRequest, tmp_path: Path, absent: Absent) -> AsyncIterator[Yard]:
    """Return each builder in turn, and remove what it made."""
    root = tmp_path / "context"
    root.mkdir()
    if request.param == "fake":
        yield Yard(FakeBuilder(), root, "localhost:5005")
        return
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no engine and registry for tests: set HOMEPORT_TEST_CLUSTER=1 and TESTBED_REGISTRY")
    if "TESTBED_REGISTRY" not in os.environ:
        absent("HOMEPORT_TEST_CLUSTER=1 and no TESTBED_REGISTRY says which registry")
    env = dict(os.environ)
    async with ProcessRuntime() as runtime:
        yard = Yard(DockerBuilder(runtime.spawn, env, tmp_path / "scratch"), root, os.environ["TESTBED_REGISTRY"])
        yield yard
        if yard.names:
            words = ("docker", "image", "rm", "--force", *yard.names)
            process = await runtime.spawn(Launch("tidy", words, "/", env), Ear())
            await process.wait()
            await process.end("SIGTERM", 5)


def test_what_counts_changes_the_digest(yard: Yard) -> None:
    """The same inputs have one digest; other files, arguments, stages or platforms have another."""
    recipe = yard.image()
    first = yard.builder.inputs(recipe).digest
    assert re.fullmatch("[0-9a-f]{12}", first)
    assert yard.builder.inputs(recipe).digest == first
    other = FromDockerfile(recipe.file, recipe.context, args={"A": "1"})
    foreign = FromDockerfile(recipe.file, recipe.context, platform="linux/s390x")
    digests = {first, yard.builder.inputs(other).digest, yard.builder.inputs(foreign).digest}
    yard.edit("second")
    assert len(digests | {yard.builder.inputs(recipe).digest}) == 4


def test_what_is_set_apart_counts_for_the_whole_alone(yard: Yard) -> None:
    """Another content of a file that is set apart is another image, and the same rest."""
    recipe = yard.image()

    def apart(path: str) -> bool:
        return path == str(yard.root / "a.txt")

    first = yard.builder.inputs(recipe, apart)
    (yard.root / "a.txt").write_text("other")
    if yard.fake is not None:
        yard.fake.synced[str(yard.root)] = "other"
    second = yard.builder.inputs(recipe, apart)
    assert (first.digest != second.digest, first.rest == second.rest) == (True, True)
    yard.image("RUN true")
    if yard.fake is not None:
        yard.fake.contents[str(yard.root)] = "RUN true"
    assert yard.builder.inputs(recipe, apart).rest != first.rest


async def test_it_is_known_whether_an_image_is_at_its_destination(yard: Yard) -> None:
    """Only after it was brought there."""
    recipe = yard.image()
    name = yard.name(recipe)
    assert not await yard.builder.is_there(name, ToRegistry())
    await yard.deliver(recipe)
    assert await yard.builder.is_there(name, ToRegistry())


def test_secrets_do_not_count(yard: Yard) -> None:
    """Another secret makes no other image, neither by a Dockerfile nor by a command."""
    recipe = yard.image()
    told = FromDockerfile(recipe.file, recipe.context, secrets={"token": "x"})
    assert yard.builder.inputs(told) == yard.builder.inputs(recipe)
    command = yard.command("true")
    told_too = FromCommand(command.argv, command.cwd, command.inputs, secrets={"TOKEN": "x"})
    assert yard.builder.inputs(told_too) == yard.builder.inputs(command)


def test_a_base_of_ours_counts_by_what_it_is(yard: Yard) -> None:
    """Another build of a base makes another image; the same base in another registry does not."""
    recipe = yard.image(base="shop/base")
    assert yard.builder.inputs(recipe).bases == ("shop/base",)

    def digest(base: str) -> str:
        return yard.builder.inputs(FromDockerfile(recipe.file, recipe.context, bases={"shop/base": base})).digest

    assert digest("localhost:1/shop/base:hp-1") == digest("elsewhere/shop/base:hp-1")
    assert digest("localhost:1/shop/base:hp-1") != digest("localhost:1/shop/base:hp-2")


async def test_the_engine_tells_its_version(yard: Yard) -> None:
    """Who asks hears what makes images here."""
    assert re.fullmatch(r"\w+ \d\S*", await yard.builder.engine())


async def test_an_image_is_made_once(yard: Yard) -> None:
    """What its destination has is neither built nor brought again; other inputs are."""
    recipe = yard.image()
    assert await yard.deliver(recipe) == "built"
    yard.told.clear()
    assert await yard.deliver(recipe) == "there"
    assert yard.told == []
    yard.edit("second")
    assert await yard.deliver(recipe) == "built"


async def test_what_the_engine_has_is_only_brought(yard: Yard) -> None:
    """An image that was made for another destination is not made again."""
    recipe = yard.image()
    assert await yard.deliver(recipe, to=ToEngine()) == "built"
    assert await yard.deliver(recipe, to=ToEngine()) == "there"
    assert await yard.deliver(recipe, to=ToRegistry()) == "brought"


async def test_progress_is_told(yard: Yard) -> None:
    """Each step is told when it begins and when it ends, and every line of output with its step."""
    marker = uuid.uuid4().hex
    recipe = yard.image(f"RUN echo {marker}", making=Making(says=(marker,)))
    await yard.deliver(recipe, to=ToEngine())
    steps = [each for each in yard.told if isinstance(each, Step)]
    begun = [each.number for each in steps if each.state == "running"]
    assert begun
    assert sorted(each.number for each in steps if each.state != "running") == sorted(begun)
    assert [each.number in begun for each in yard.told if isinstance(each, Said) and each.text == marker] == [True]


async def test_a_failing_build_names_its_line(yard: Yard) -> None:
    """The error has the line of the Dockerfile and the last words; nothing has the image's name, and mending is enough."""
    making = Making(says=("so bad",), line=5, fails="RUN echo so bad && exit 3")
    recipe = yard.image("RUN true\nRUN echo so bad && \\\n    exit 3", making=making)
    with pytest.raises(BuildFailed, match="exit 3") as caught:
        await yard.deliver(recipe)
    error = caught.value
    assert (error.file, error.line, error.source) == (recipe.file, 5, "RUN echo so bad && exit 3")
    assert "so bad" in error.tail
    assert error.hint
    with pytest.raises(BuildFailed):
        await yard.deliver(recipe)
    assert await yard.deliver(yard.image("RUN true")) == "built"


async def test_an_image_tells_what_it_starts(yard: Yard) -> None:
    """What an image that the engine has starts by itself is known; of one that it does not have nothing is."""
    recipe = yard.image('ENTRYPOINT ["/bin/echo"]\nCMD ["hello", "there"]')
    name = yard.name(recipe)
    if yard.fake is not None:
        yard.fake.commands[name] = ("/bin/echo", "hello", "there")
    await yard.deliver(recipe)
    assert await yard.builder.command(name) == ("/bin/echo", "hello", "there")
    with pytest.raises(OutsideError):
        await yard.builder.command(name + "-other")


async def test_an_image_may_begin_from_one_of_ours(yard: Yard) -> None:
    """A base of ours stands in the place of the name that the Dockerfile gives it."""
    base = yard.image()
    base_name = yard.name(base, "base")
    await yard.builder.deliver(base, base_name, ToEngine(), yard.hear)
    plain = yard.image("RUN grep -q test /a.txt", base="shop/base AS this")
    if yard.fake is not None:
        yard.fake.bases[plain.file] = ("shop/base",)
    recipe = FromDockerfile(plain.file, plain.context, bases={"shop/base": base_name})
    assert await yard.deliver(recipe) == "built"


async def test_values_reach_the_build(yard: Yard) -> None:
    """Arguments and secrets are what the build finds, whatever signs they hold."""
    value = 'a\'b "c" $d\\\né'
    secret = '[ "$(md5sum </run/secrets/token)" = "$(echo "$WHO" | md5sum)" ]'
    plain = yard.image(f"ARG WHO PATH2\nRUN --mount=type=secret,id=token {secret} && [ $PATH2 = 2 ]")
    recipe = FromDockerfile(
        plain.file, plain.context, args={"WHO": value, "PATH2": "2"}, secrets={"token": f"{value}\n"}
    )
    assert await yard.deliver(recipe, to=ToEngine()) == "built"


async def test_a_cancelled_build_leaves_nothing(yard: Yard) -> None:
    """When the cancel is over the programs have ended, nothing has the name, and another try builds."""
    seconds = str(1_000_000 + uuid.uuid4().int % 1_000_000)
    recipe = yard.image(f"RUN echo begun && sleep {seconds}", making=Making(takes=600))
    begun = asyncio.Event()

    def hear(progress: Progress) -> None:
        if yard.fake is not None or (isinstance(progress, Said) and progress.text == "begun"):
            begun.set()

    building = asyncio.get_running_loop().create_task(yard.builder.deliver(recipe, yard.name(recipe), ToEngine(), hear))
    await begun.wait()
    sleepers = [each for each in psutil.process_iter(["cmdline"]) if seconds in " ".join(each.info["cmdline"] or ())]
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    clients = [each.info["cmdline"] for each in psutil.process_iter(["cmdline"]) if each.info["cmdline"]]
    assert not [words for words in clients if str(yard.root) in words]
    assert psutil.wait_procs(sleepers, timeout=20)[1] == []
    if yard.fake is None:
        assert sleepers
        assert list((yard.root.parent / "scratch").iterdir()) == []
    else:
        yard.fake.makings[recipe.file] = Making()
        assert await yard.deliver(recipe, to=ToEngine()) == "built"


async def test_a_registry_that_is_down_is_named(yard: Yard) -> None:
    """Nothing is built for a registry that does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        registry = f"localhost:{taken.getsockname()[1]}"
    if yard.fake is not None:
        yard.fake.down.add(registry)
    recipe = yard.image()
    with pytest.raises(OutsideError, match=f'registry "{registry}" does not answer: .*refused') as caught:
        await yard.builder.deliver(recipe, yard.name(recipe, registry=registry), ToRegistry(), yard.hear)
    assert caught.value.hint
    assert yard.told == []


async def test_a_command_makes_an_image(yard: Yard) -> None:
    """A command finds the name in HOMEPORT_IMAGE; what it made is pushed, once."""
    recipe = yard.command('DOCKER_BUILDKIT=1 docker build -t "$HOMEPORT_IMAGE" .')
    assert await yard.deliver(recipe) == "built"
    assert await yard.deliver(recipe) == "there"


async def test_a_command_that_makes_nothing_has_failed(yard: Yard) -> None:
    """A command that ends well without an image of that name is an error that says so."""
    recipe = yard.command("echo did nothing", Making(says=("did nothing",), nameless=True))
    with pytest.raises(BuildFailed, match='no image is called "') as caught:
        await yard.deliver(recipe)
    assert caught.value.tail == ("did nothing",)


async def test_a_failing_command_is_told_with_its_last_lines(yard: Yard) -> None:
    """The error has how the command ended, and what it said."""
    recipe = yard.command("echo no luck; exit 7", Making(says=("no luck",), fails="exit 7"))
    with pytest.raises(BuildFailed, match="exit 7") as caught:
        await yard.deliver(recipe)
    assert caught.value.tail == ("no luck",)


@pytest.mark.parametrize("by", ["dockerfile", "command"])
async def test_an_image_never_has_the_name_of_other_files(yard: Yard, by: str) -> None:
    """When files change while an image is made from them, nothing has the name; the next try has another one."""
    script = 'DOCKER_BUILDKIT=1 docker build -t "$HOMEPORT_IMAGE" . 2>&1'
    recipe: Recipe = yard.image("RUN echo late") if by == "dockerfile" else yard.command(script)
    name = yard.name(recipe)

    def edit(progress: Progress) -> None:
        yard.edit("while it was built")

    with pytest.raises(InputsChanged, match="changed while it was built"):
        await yard.builder.deliver(recipe, name, ToRegistry(), edit)
    yard.edit("first")
    assert await yard.builder.deliver(recipe, name, ToRegistry(), yard.hear) == "built"
