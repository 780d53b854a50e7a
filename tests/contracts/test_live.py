"""What every link into a container promises: the fake, the helper as processes here, and the helper in real pods.

Real pods only when HOMEPORT_TEST_CLUSTER=1 and KUBECONFIG name a cluster.
"""

import asyncio
import base64
import os
import secrets
import shlex
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from livepods import LocalPod, helper_program

from homeport.adapters.live.link import HelperLinks
from homeport.aio.beside import beside
from homeport.kit.livefiles import Entry
from homeport.model.errors import OutsideError
from homeport.ports.cluster import Changed, Cluster, Listed, Scope, Target
from homeport.ports.fakes.live import FakeContainer, FakeLinks
from homeport.ports.live import (
    Batch,
    Ended,
    HelperMissing,
    Link,
    LinkBroken,
    LiveLink,
    LiveLinks,
    Move,
    NotApplied,
    Put,
    Remove,
    Started,
    Wrote,
)

LIMIT = 60
"""Seconds after which a test is stuck; nothing waits for it."""


class Stage:
    """A container whose command sleeps; ``root`` is where files may be changed, ``links`` leads there."""

    links: LiveLinks
    target = Target("default", "pod")
    root = "/app"

    async def ls(self) -> dict[str, str]:
        """Return what is below the root: contents by path, ``* `` before what may be executed, ``-> `` before a target."""
        raise NotImplementedError

    async def kill(self, link: LiveLink) -> None:
        """Let the container's command be killed, from within."""
        raise NotImplementedError

    async def cut(self) -> None:
        """Break every link."""
        raise NotImplementedError

    async def call(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to a port in the container, from within."""
        raise NotImplementedError

    def link(self) -> Any:
        return self.links.open(self.target, [self.root])

    def path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def put(self, name: str, content: str, mode: int | None = None) -> Put:
        return Put(self.path(name), content.encode(), mode)


class Memory(Stage):
    """The fake."""

    def __init__(self) -> None:
        self.container = FakeContainer()
        self.links = links = FakeLinks()
        links.containers[self.target] = self.container
        self.container.programs["sh"] = self._shell

    async def ls(self) -> dict[str, str]:
        return {path.removeprefix("/app/"): self._said(entry) for path, entry in self.container.files.items()}

    async def kill(self, link: LiveLink) -> None:
        self.container.ends(137)
        self.container.starts()

    async def cut(self) -> None:
        self.container.cut()

    async def call(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.container.listening[port])

    def _said(self, entry: Entry) -> str:
        if entry.link is not None:
            return f"-> {entry.link}"
        return ("* " if entry.mode & 0o100 else "") + self.container.contents[entry.digest].decode()

    @staticmethod
    def _shell(_container: FakeContainer, _argv: Any, write: Any) -> int:
        write("out", b"one two /\n")
        write("err", b"oops\n")
        return 7


class Here(Stage):
    """The helper as processes of this machine."""

    def __init__(self, pod: LocalPod, root: Path, first: asyncio.subprocess.Process) -> None:
        self.pod = pod
        self.first = first
        self.root = str(root)
        self.links = HelperLinks(pod)

    async def ls(self) -> dict[str, str]:
        return {str(path.relative_to(self.root)): _said(path) for path in _files(Path(self.root))}

    async def kill(self, link: LiveLink) -> None:
        pid = (await link.hello()).pid
        assert await link.run(["kill", "-9", str(pid)]) == 0

    async def cut(self) -> None:
        for command in self.pod.commands:
            command.process.kill()

    async def call(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", port)


class InPod(Stage):
    """The helper in a pod of a real cluster."""

    def __init__(self, cluster: Cluster, namespace: str, pod: str) -> None:
        self.cluster = cluster
        self.target = Target(namespace, pod, "main")
        self.links = HelperLinks(cluster)

    async def shell(self, script: str) -> str:
        said = b""
        async with self.cluster.exec(self.target, ["sh", "-c", script]) as command:
            async for name, data in command.output():
                said += data if name == "out" else b""
        return said.decode()

    async def ls(self) -> dict[str, str]:
        show = 'if [ -L "$f" ]; then echo "-> $(readlink "$f")"; elif [ -x "$f" ]; then echo "* $(cat "$f")"; else cat "$f"; fi'
        said = await self.shell(
            f'cd /app; find . -type f -o -type l | while read f; do printf "%s\\t" "$f"; {show}; echo; done'
        )
        lines = [line.split("\t", 1) for line in said.splitlines() if line]
        return {name.removeprefix("./"): content for name, content in lines}

    async def kill(self, link: LiveLink) -> None:
        await self.shell(f"kill -9 {(await link.hello()).pid}")

    async def cut(self) -> None:
        await self.shell("for p in /proc/[0-9]*; do grep -q serve $p/cmdline 2>/dev/null && kill -9 ${p#/proc/}; done")

    async def call(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with self.cluster.tunnel(self.target.namespace, self.target.pod) as tunnel:
            raise NotImplementedError(tunnel)


def _files(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_symlink() or path.is_file())


def _said(path: Path) -> str:
    if path.is_symlink():
        return f"-> {os.readlink(path)}"
    return ("* " if path.stat().st_mode & 0o100 else "") + path.read_text()


@asynccontextmanager
async def opened() -> AsyncIterator[Cluster]:
    from homeport.adapters.kubernetes.access import pin
    from homeport.adapters.kubernetes.cluster import open_cluster

    async with open_cluster(pin(os.environ, home="/"), os.environ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield a namespace of this run, with the helper in it; nothing where there is no cluster."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1" or "KUBECONFIG" not in os.environ:
        yield ""
        return
    program = helper_program(request.getfixturevalue("absent"))
    name = f"homeport-test-{secrets.token_hex(4)}"

    async def make() -> None:
        async with opened() as cluster, asyncio.timeout(LIMIT):
            await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
            async with aclosing(cluster.watch(Scope("v1", "ServiceAccount", name, name="default"))) as news:
                async for each in news:
                    if isinstance(each, Changed) or (isinstance(each, Listed) and each.objects):
                        break
            await cluster.apply(carrier(name, program))

    async def drop() -> None:
        async with opened() as cluster:
            await cluster.delete(Scope("v1", "Namespace", name=name))

    asyncio.run(make())
    yield name
    asyncio.run(drop())


def carrier(namespace: str, program: Path) -> dict[str, Any]:
    """Return the object that brings the helper into pods."""
    content = base64.b64encode(program.read_bytes()).decode()
    meta = {"name": "helper", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "binaryData": {"helper": content}}


def pod(namespace: str, name: str) -> dict[str, Any]:
    """Return a pod whose command sleeps, with the helper before it."""
    main = {
        "name": "main",
        "image": "busybox",
        "command": ["/.homeport/helper", "run", "--", "sh", "-c", "mkdir -p /app; exec sleep 1000"],
        "volumeMounts": [{"name": "helper", "mountPath": "/.homeport"}],
    }
    volume = {"name": "helper", "configMap": {"name": "helper", "defaultMode": 0o555}}
    spec = {"containers": [main], "volumes": [volume], "terminationGracePeriodSeconds": 1, "restartPolicy": "Never"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


@pytest.fixture(params=["fake", "here", "pod"])
async def stage(
    request: pytest.FixtureRequest, namespace: str, tmp_path: Path, absent: Callable[[str], NoReturn]
) -> AsyncIterator[Stage]:
    if request.param == "fake":
        yield Memory()
    elif request.param == "here":
        local = LocalPod(helper_program(absent))
        (tmp_path / "app").mkdir()
        async with local.running("sleep", "1000") as first:
            yield Here(local, tmp_path / "app", first)
    elif os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no cluster: set HOMEPORT_TEST_CLUSTER=1 and KUBECONFIG")
    else:
        name = f"t{secrets.token_hex(3)}"
        async with opened() as cluster:
            await cluster.apply(pod(namespace, name))
            scope = Scope("v1", "Pod", namespace, name=name)
            async with aclosing(cluster.watch(scope)) as news:
                async for each in news:
                    objects = (
                        each.objects if isinstance(each, Listed) else [each.object] if isinstance(each, Changed) else []
                    )
                    if any(_runs(found) for found in objects):
                        break
            yield InPod(cluster, namespace, name)
            await cluster.delete(scope, grace=0)


def _runs(found: Any) -> bool:
    return any("running" in each["state"] for each in found.get("status", {}).get("containerStatuses", ()))


@pytest.fixture(autouse=True)
async def limit() -> AsyncIterator[None]:
    """Nothing here takes a minute."""
    async with asyncio.timeout(LIMIT):
        yield


class TestFiles:
    """Changes of files, and what is known of them afterwards."""

    async def test_what_was_acknowledged_is_there(self, stage: Stage) -> None:
        """A batch is answered when all of it is in its place, with its contents and permissions; then the label holds."""
        async with stage.link() as link:
            assert (await link.hello()).label == ""
            batch = Batch((stage.put("a/b", "one"), stage.put("run", "two", 0o755)), "first")
            applied = await link.apply(batch)
            assert await stage.ls() == {"a/b": "one", "run": "* two"}
            assert [done.path for done in applied.done] == [stage.path("a/b"), stage.path("run")]
            assert (await link.hello()).label == applied.label == "first"
            await link.apply(Batch((stage.put("a/b", "three"),)))
            assert (await link.hello()).label == "first"
            assert await stage.ls() == {"a/b": "three", "run": "* two"}

    async def test_files_are_like_those_of_this_machine(self, stage: Stage, tmp_path: Path) -> None:
        """What is executable here is so there, a link stays a link, and the answer's entries are those of the contents."""
        (tmp_path / "x").write_text("plain")
        (tmp_path / "y").write_text("program")
        (tmp_path / "y").chmod(0o700)
        (tmp_path / "z").symlink_to("x")
        async with stage.link() as link:
            applied = await link.apply(Batch(tuple(Put(stage.path(name), str(tmp_path / name)) for name in "xyz")))
            assert await stage.ls() == {"x": "plain", "y": "* program", "z": "-> x"}
            again = await link.apply(Batch((stage.put("x", "plain"), stage.put("y", "program", 0o755))))
            assert applied.done[:2] == again.done

    async def test_changes_are_made_in_their_order(self, stage: Stage) -> None:
        """A folder gives way to a file of its name; trees are removed and moved whole; what is gone may be removed."""
        async with stage.link() as link:
            await link.apply(Batch((stage.put("d/e/f", "1"), stage.put("d/g", "2"), stage.put("old/h", "3"))))
            changes = (Remove(stage.path("d")), stage.put("d", "file"), Move(stage.path("old"), stage.path("new")))
            applied = await link.apply(Batch((*changes, Remove(stage.path("never")), Link(stage.path("l"), "d"))))
            assert await stage.ls() == {"d": "file", "new/h": "3", "l": "-> d"}
            assert [type(done) for done in applied.done] == [Remove, Wrote, Move, Remove, Wrote]

    async def test_a_file_that_vanished_is_removed(self, stage: Stage, tmp_path: Path) -> None:
        """Between the news of a file and its reading it may go; the answer says so."""
        async with stage.link() as link:
            await link.apply(Batch((stage.put("a", "1"),)))
            applied = await link.apply(Batch((Put(stage.path("a"), str(tmp_path / "gone")),), "x"))
            assert applied.done == (Remove(stage.path("a")),)
            assert await stage.ls() == {}

    async def test_what_cannot_be_written_is_named(self, stage: Stage) -> None:
        """The others are written; the error names the path and what was done; nobody knows the files now."""
        async with stage.link() as link:
            await link.apply(Batch((stage.put("a", "1"),), "old"))
            with pytest.raises(NotApplied) as raised:
                await link.apply(Batch((Put("/elsewhere/x", b""), stage.put("a", "2")), "new"))
            assert raised.value.path == "/elsewhere/x"
            assert [done.path for done in raised.value.done] == [stage.path("a")]
            assert await stage.ls() == {"a": "2"}
            assert (await link.hello()).label is None
            await link.apply(Batch((stage.put("a", "2"),), "whole"))
            assert (await link.hello()).label == "whole"

    async def test_later_batches_win(self, stage: Stage, tmp_path: Path) -> None:
        """A small change waits for a large one of the same path, while others overtake it."""
        (tmp_path / "large").write_bytes(bytes(20_000_000))
        async with stage.link() as link:
            large = link.apply(Batch((Put(stage.path("a"), str(tmp_path / "large")),)))
            async with beside(large) as first, beside(_after(link, stage.put("a", "small"))) as second:
                await link.apply(Batch((stage.put("b", "aside"),)))
                await asyncio.wait({first, second})
            assert await stage.ls() == {"a": "small", "b": "aside"}

    async def test_many_files_are_one_batch(self, stage: Stage) -> None:
        """Hundreds of files are written and all acknowledged."""
        async with stage.link() as link:
            puts = tuple(stage.put(f"many/{number % 7}/{number}", str(number)) for number in range(500))
            applied = await link.apply(Batch(puts, "many"))
            assert len(applied.done) == 500
            assert await stage.ls() == {f"many/{number % 7}/{number}": str(number) for number in range(500)}


async def _after(link: LiveLink, put: Put) -> None:
    """Apply one change, begun after what the caller began before."""
    await asyncio.sleep(0)
    await link.apply(Batch((put,)))


class TestCommands:
    """Commands beside the container's own, and that one."""

    async def test_commands_tell_all(self, stage: Stage) -> None:
        """Both outputs and the status come back; folder and variables are as wished; a missing program is 127."""
        async with stage.link() as link:
            said: dict[str, bytes] = {"out": b"", "err": b""}

            def hear(name: str, data: bytes) -> None:
                said[name] += data

            argv = ["sh", "-c", 'echo "one $TWO $PWD"; echo oops >&2; exit 7']
            env = {"TWO": "two"} if not isinstance(stage, Memory) else None
            assert await link.run(argv, cwd="/", env=env, output=hear) == 7
            assert said == {"out": b"one two /\n", "err": b"oops\n"}
            assert await link.run(["no-such-program"]) == 127

    async def test_a_restart_is_another_process(self, stage: Stage) -> None:
        """The command has another pid, the files stay, and it is no news that the old one ended."""
        async with stage.link() as link:
            before = await link.hello()
            await link.apply(Batch((stage.put("a", "1"),), "x"))
            events = link.events()
            pid = await link.restart(grace=5.0)
            after = await link.hello()
            assert (after.pid, after.starts, after.label) == (pid, before.starts + 1, "x")
            assert pid != before.pid
            assert await anext(events) == Started(pid, after.starts)
            assert await stage.ls() == {"a": "1"}

    async def test_a_crash_is_told(self, stage: Stage) -> None:
        """A command that dies in a changed container is started again there, and both are told."""
        async with stage.link() as link:
            await link.apply(Batch((stage.put("a", "1"),), "x"))
            before = await link.hello()
            events = link.events()
            await stage.kill(link)
            ended, started = await anext(events), await anext(events)
            assert isinstance(ended, Ended)
            assert ended.code == 137
            assert ended.again is not None
            assert isinstance(started, Started)
            assert started.starts == before.starts + 1
            assert (await link.hello()).last_exit == 137


class TestLink:
    """The link itself."""

    async def test_a_sign_of_life(self, stage: Stage) -> None:
        """A ping is answered by the helper."""
        async with stage.link() as link:
            assert 0 < await link.ping() < LIMIT

    async def test_after_the_break_everything_fails_at_once(self, stage: Stage) -> None:
        """Who waits, and who asks later, hears of it; the container and its files are as they were."""
        async with stage.link() as link:
            await link.apply(Batch((stage.put("a", "1"),), "x"))
            events = link.events()
            await stage.cut()
            assert await link.ended()
            with pytest.raises(LinkBroken):
                await link.apply(Batch((stage.put("a", "2"),)))
            for ask in (link.hello, link.ping, link.restart):
                with pytest.raises(LinkBroken):
                    await ask()
            with pytest.raises(LinkBroken):
                await link.run(["true"])
            with pytest.raises(LinkBroken):
                async with link.listen(8080, 80):
                    pass
            assert [event async for event in events] == []
        async with stage.link() as link:
            assert (await link.hello()).label == "x"

    async def test_no_helper_is_told_apart(self, stage: Stage) -> None:
        """A container without the helper is another thing than one that cannot be reached."""
        if isinstance(stage, Memory):
            stage.target = Target("default", "other")
        elif isinstance(stage, Here):
            stage.pod.program = Path("/nowhere/helper")
        else:
            pytest.skip("every pod of this suite has it")
        with pytest.raises(HelperMissing):
            async with stage.link():
                pass


_ = (OutsideError, shlex)
