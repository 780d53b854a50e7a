"""Files in pods like the sources: exactly the difference, what follows it, and no pod that holds another."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from harbour import Harbour, in_harbour, last, pass_time, quiet
from msgspec.structs import replace

from homeport.aio.latest import Latest
from homeport.model.cluster_jobs import Live, LivePod
from homeport.model.containers import RestartAfter, RunAfter, Sync, Update
from homeport.model.errors import OutsideError
from homeport.model.parts import Exec, Files
from homeport.model.shipped import Updated
from homeport.ports.cluster import Target
from homeport.ports.fakes.live import FakeContainer
from homeport.ports.live import Hello, Put, Remove
from homeport.work.cluster.freshness import Freshness
from homeport.work.cluster.live import live
from homeport.work.cluster.sources import label_of

IMAGE = "registry:5000/demo-api:hp-1"


class Bench:
    """Sources on disk, containers, and the job."""

    def __init__(self, root: Path, *update: Update) -> None:
        self.shop = Harbour()
        self.root = root
        self.rules: tuple[Update, ...] = (Sync(str(root / "src"), "/app"), *update)
        self.seq = 0
        self.latest: Latest[Live] = Latest(
            Live(("live-update", "api", 0), "id-1", "api", "api", "image:api", self.rules, 5.0, "SIGTERM")
        )

    def write(self, path: str, text: str | None) -> str:
        """Write a file, or remove it (None), without telling anybody."""
        found = self.root / path
        found.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            found.unlink()
            del self.shop.trees.files[str(found)]
        else:
            found.write_text(text)
            self.shop.trees.files[str(found)] = text.encode()
        return str(found)

    def save(self, **files: str | None) -> None:
        """Save files, as one burst; ``a_py`` is ``src/a.py``."""
        self.seq += 1
        paths = tuple(self.write(f"src/{name.replace('_', '.')}", text) for name, text in files.items())
        self.shop.outside.journal.note("live:image:api", self.seq, paths)
        self.change(upto=self.seq)

    def change(self, **fields: Any) -> None:
        """Change the job."""
        self.latest.set(replace(self.latest.value, **fields))

    def baked(self) -> None:
        """Have the image made from the files as they are now."""
        rules = [each for each in self.rules if isinstance(each, Sync)]
        self.shop.outside.cloud.baselines[IMAGE] = self.shop.trees.baseline(rules)

    def pod(self, name: str, *, helped: bool = True, restarts: int = 0) -> FakeContainer:
        """Have another pod, with the files of its image."""
        container = FakeContainer(helped=helped)
        container.files = dict(self.shop.outside.cloud.baselines.get(IMAGE, {}))
        self.shop.links.containers[Target("demo", name, "api")] = container
        there = [each for each in self.latest.value.pods if each.name != name]
        self.change(pods=(*there, LivePod(name, f"uid-{name}/{restarts}", IMAGE)))
        return container

    @property
    def told(self) -> Updated:
        """What was told last."""
        found = last(self.shop.of("live-update"))
        assert isinstance(found, Updated)
        return found

    def run(self, story: Callable[[], Awaitable[None]]) -> None:
        """Let the worker work beside a story."""

        async def both() -> None:
            async with self.shop.beside(live(self.latest, self.shop.outside, self.shop)):
                await quiet()
                await story()

        in_harbour(self.shop, both)


def paths(container: FakeContainer) -> list[list[str]]:
    """Return what each batch was about: ``-`` before what it removed."""
    said = {Put: "", Remove: "-"}
    return [[said[type(each)] + each.path for each in batch.operations] for batch in container.batches]  # type: ignore[index]


def test_what_runs_had_is_forgotten_when_they_are_over(tmp_path: Path):
    """A house that lives for weeks sees many pods; what a pod has that comes back is not forgotten."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "1")
    bench.baked()
    contents = bench.shop.outside.cloud.contents

    def there(name: str, **meta: str) -> None:
        bench.shop.make("Pod", name, meta={"uid": f"uid-{name}", **meta})

    async def run(name: str, restarts: int = 0) -> None:
        pod = bench.pod(name, restarts=restarts)
        await pass_time(1)
        bench.change(pods=())
        pod.cut()
        await pass_time(1)

    async def story() -> None:
        there("api-1")
        await run("api-1")
        assert list(contents) == ["uid-api-1/0"]
        await run("api-1", 1)
        assert list(contents) == ["uid-api-1/1"]
        there("api-1", deletionTimestamp="2026-01-01T00:00:00Z")
        await run("api-2")
        assert list(contents) == []

    bench.run(story)


def test_of_a_run_that_is_over_nothing_is_known(tmp_path: Path):
    """What counts once for a run, such as files of before, counts again for one of which nothing is left."""
    bench = Bench(tmp_path)
    state = Freshness(bench.latest, bench.shop)
    for run in ("gone", "there"):
        state.began(run, behind=True)
        state.owed[run] = {"/src/a.py": None}
    state.forget({"there"})
    assert (state.outdated, set(state.owed)) == ({"there"}, {"there"})
    state.outdated.clear()
    for run in ("gone", "there"):
        state.began(run, behind=True)
    assert state.outdated == {"gone"}


def test_a_pod_with_the_files_of_the_sources_gets_nothing(tmp_path: Path):
    """It is up to date at once."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "1")
    bench.baked()
    pod = bench.pod("api-1")

    async def story() -> None:
        assert bench.told.pods == ("uid-api-1/0",)
        assert pod.batches == []

    bench.run(story)


def test_a_save_brings_that_file_alone(tmp_path: Path):
    """And how many files that were is told."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "1")
    bench.write("src/b.py", "1")
    bench.baked()
    pod = bench.pod("api-1")

    async def story() -> None:
        bench.save(a_py="2")
        await quiet()
        assert paths(pod) == [["/app/a.py"]]
        assert (bench.told.upto, bench.told.shown) == (1, "1 file, 0.00 s")

    bench.run(story)


def test_a_save_is_read_once_for_all_pods(tmp_path: Path):
    """Each gets the very bytes that were read; none waits for a reading of its own."""
    bench = Bench(tmp_path)
    bench.baked()
    pods = [bench.pod(f"api-{number}") for number in range(3)]

    async def story() -> None:
        bench.save(a_py="2")
        await quiet()
        sent = [
            each.source for pod in pods for batch in pod.batches for each in batch.operations if isinstance(each, Put)
        ]
        assert sent == [b"2", b"2", b"2"]
        assert len(set(map(id, sent))) == 1

    bench.run(story)


def test_bytes_of_an_earlier_save_are_not_sent_for_a_later_one(tmp_path: Path):
    """Where saves were missed everything is looked at again, and what was held is no news any more."""
    bench = Bench(tmp_path)
    bench.baked()
    pod = bench.pod("api-1")

    async def story() -> None:
        bench.save(a_py="1")
        await quiet()
        bench.write("src/a.py", "2")
        bench.shop.outside.journal.note("live:image:api", 2, None)
        bench.change(upto=2)
        await quiet()
        assert [pod.contents[entry.digest] for entry in pod.files.values()] == [b"2"]

    bench.run(story)


def test_deleted_and_renamed_files_go(tmp_path: Path):
    """A rename is a file that is gone and one that is new."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "1")
    bench.baked()
    pod = bench.pod("api-1")

    async def story() -> None:
        bench.save(a_py=None, b_py="1")
        await quiet()
        assert paths(pod) == [["-/app/a.py", "/app/b.py"]]
        assert list(pod.files) == ["/app/b.py"]

    bench.run(story)


def test_a_new_pod_of_an_older_image_gets_exactly_the_difference(tmp_path: Path):
    """What was saved since that image was made, deletions among it, in one batch."""
    bench = Bench(tmp_path)
    for name in ("a.py", "b.py", "c.py"):
        bench.write(f"src/{name}", "1")
    bench.baked()
    bench.pod("api-1")

    async def story() -> None:
        bench.save(a_py="2")
        bench.save(b_py=None)
        await quiet()
        fresh = bench.pod("api-2")
        await quiet()
        assert paths(fresh) == [["-/app/b.py", "/app/a.py"]]
        assert bench.told.pods == ("uid-api-1/0", "uid-api-2/0")

    bench.run(story)


def test_a_program_that_began_with_older_files_starts_anew_once(tmp_path: Path):
    """It may have read them before they were replaced; of saves after that the rules decide."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "1")
    bench.baked()
    bench.write("src/a.py", "2")
    pod = bench.pod("api-1")

    async def story() -> None:
        assert pod.state.starts == 2
        bench.save(a_py="3")
        await quiet()
        assert len(pod.batches) == 2
        assert pod.state.starts == 2

    bench.run(story)


def test_a_container_that_began_anew_has_its_image_s_files_again(tmp_path: Path):
    """Its id is another one then, and it gets the difference."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "1")
    bench.baked()
    bench.pod("api-1")

    async def story() -> None:
        bench.save(a_py="2")
        await quiet()
        again = bench.pod("api-1", restarts=1)
        await pass_time(1)
        assert paths(again) == [["/app/a.py"]]
        assert bench.told.pods == ("uid-api-1/1",)

    bench.run(story)


def test_a_label_of_an_earlier_house_is_known(tmp_path: Path):
    """A pod whose files are those of the sources by its label gets nothing, whatever its image had."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "2")
    pod = bench.pod("api-1")
    pod.state = Hello(label_of(bench.shop.trees.baseline([bench.rules[0]])), 100, 1)  # type: ignore[list-item]

    async def story() -> None:
        assert pod.batches == []
        assert bench.told.pods == ("uid-api-1/0",)

    bench.run(story)


def test_a_label_that_nobody_knows_makes_another_pod(tmp_path: Path):
    """What an earlier house left there cannot be told file by file; that very pod is deleted, no namesake."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "2")
    bench.baked()
    pod = bench.pod("api-1")
    pod.state = Hello("of another time", 100, 1)
    bench.shop.make("Pod", "api-1", node="api")

    async def story() -> None:
        await pass_time(0.1)
        assert bench.shop.there("Pod") == ["api-1"], "a namesake with another uid stays"
        uid = bench.shop.outside.cloud.mirror.get("v1", "Pod", "api-1")["metadata"]["uid"]  # type: ignore[index]
        bench.change(pods=(LivePod("api-1", f"{uid}/0", IMAGE),))
        await pass_time(1)
        assert bench.shop.there("Pod") == []
        assert not any(told.pods for _, told in bench.shop.of("live-update"))

    bench.run(story)


def test_a_pause_collects(tmp_path: Path):
    """What is saved meanwhile comes at once when it is over, also to a pod that is new by then."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "1")
    bench.baked()
    pod = bench.pod("api-1")

    async def story() -> None:
        bench.change(paused=True)
        bench.save(a_py="2")
        bench.save(b_py="1")
        new = bench.pod("api-2")
        await pass_time(5)
        assert pod.batches == new.batches == []
        bench.change(paused=False)
        await quiet()
        assert paths(pod) == paths(new) == [["/app/a.py", "/app/b.py"]]

    bench.run(story)


def test_one_failing_pod_does_not_hold_others(tmp_path: Path):
    """It is tried again, its trouble is told, and it does not count as up to date."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "1")
    bench.baked()
    sick, well = bench.pod("api-1"), bench.pod("api-2")
    sick.refusing["/app/b.py"] = "no space left on device"

    async def story() -> None:
        new = bench.pod("api-3")
        del bench.shop.links.containers[Target("demo", "api-3", "api")]
        bench.save(b_py="1")
        await quiet()
        assert paths(well) == [["/app/b.py"]]
        assert "api-3" not in str(bench.told.pods)
        assert "no space left" in bench.told.error or "api-3" in bench.told.error
        bench.shop.links.containers[Target("demo", "api-3", "api")] = new
        sick.refusing.clear()
        await pass_time(20)
        assert bench.told.error == ""
        assert "/app/b.py" in sick.files
        assert len(bench.told.pods) == 3

    bench.run(story)


def test_a_file_that_is_refused_is_not_sent_all_the_time(tmp_path: Path):
    """Only that one is tried again, now and then; all else of the batch is known to be there."""
    bench = Bench(tmp_path)
    bench.baked()
    pod = bench.pod("api-1")
    pod.refusing["/app/b.py"] = "read-only file system"

    async def story() -> None:
        bench.save(a_py="1", b_py="1")
        await pass_time(60)
        assert paths(pod)[0] == ["/app/a.py", "/app/b.py"]
        assert set(map(tuple, paths(pod)[1:])) == {("/app/b.py",)}
        assert 5 <= len(pod.batches) <= 15
        assert "read-only file system" in bench.told.error

    bench.run(story)


def test_folders_go_with_their_last_file(tmp_path: Path):
    """The nearest first, for only empty ones can be removed; the rule's own folder stays."""
    bench = Bench(tmp_path)
    deep = bench.write("src/d/e/a.py", "1")
    bench.baked()
    pod = bench.pod("api-1")

    async def story() -> None:
        bench.write("src/d/e/a.py", None)
        bench.shop.outside.journal.note("live:image:api", 1, (deep,))
        bench.change(upto=1)
        await quiet()
        assert pod.commands == [("rmdir", "--", "/app/d/e", "/app/d")]

    bench.run(story)


def test_what_was_written_beside_a_refused_file_is_followed_up(tmp_path: Path):
    """One file that cannot be written holds no command back that another one asks for."""
    source = str(tmp_path / "src")
    bench = Bench(tmp_path, RunAfter(Exec(("make",)), when=(Files(source, ("a.py",)),)))
    bench.baked()
    pod = bench.pod("api-1")
    pod.programs["make"] = lambda *_: 0
    pod.refusing["/app/b.py"] = "read-only file system"

    async def story() -> None:
        bench.save(a_py="1", b_py="1")
        await quiet()
        assert pod.commands == [("make",)]
        assert bench.told.error is not None

    bench.run(story)


def test_a_batch_that_was_broken_off_is_sent_again(tmp_path: Path):
    """Of its files nobody knows whether they are old or new; all others are known."""
    bench = Bench(tmp_path)
    bench.write("src/a.py", "1")
    bench.write("src/b.py", "1")
    bench.baked()
    pod = bench.pod("api-1")

    async def story() -> None:
        bench.save(a_py="2")
        await quiet()
        pod.freeze()
        bench.save(b_py="2", c_py="1")
        await quiet()
        pod.cut()
        pod.state = Hello(None, 100, 1)
        pod.thaw()
        await pass_time(1)
        assert paths(pod)[1:] == [["/app/b.py", "/app/c.py"]]
        assert bench.told.error == ""

    bench.run(story)


def test_commands_follow_a_change_of_what_they_are_about(tmp_path: Path):
    """Without ``when`` any change; with it only one of these files, removals among them."""
    only = RunAfter(Exec(("install",)), (Files(str(tmp_path / "src"), ("*.txt",)),))
    bench = Bench(tmp_path, RunAfter(Exec(("always",))), only)
    bench.write("src/r.txt", "1")
    bench.baked()
    pod = bench.pod("api-1")
    pod.programs.update(dict.fromkeys(("always", "install"), lambda *_: 0))

    async def story() -> None:
        assert pod.commands == []
        bench.save(a_py="1")
        await quiet()
        assert pod.commands == [("always",)]
        bench.save(r_txt=None)
        await quiet()
        assert pod.commands[1:] == [("always",), ("install",)]
        assert pod.state.starts == 1

    bench.run(story)


def test_a_restart_follows_a_change_of_what_it_is_about(tmp_path: Path):
    """After the commands, and not after another change."""
    bench = Bench(tmp_path, RestartAfter((Files(str(tmp_path / "src"), ("*.py",)),)))
    bench.baked()
    pod = bench.pod("api-1")

    async def story() -> None:
        bench.save(a_css="1")
        await quiet()
        assert pod.state.starts == 1
        bench.save(a_py="1")
        await quiet()
        assert pod.state.starts == 2

    bench.run(story)


def test_a_command_that_failed_stays_told_and_runs_again_after_another_save(tmp_path: Path):
    """As with a build: nothing is tried again without a reason, and what was to follow it is owed until it succeeds."""
    bench = Bench(tmp_path, RunAfter(Exec(("install",)), (Files(str(tmp_path), ("*.txt",)),)), RestartAfter())
    bench.baked()
    pod = bench.pod("api-1")
    codes = [1, 0]
    pod.programs["install"] = lambda *_: codes.pop(0)

    async def story() -> None:
        bench.save(r_txt="1")
        await pass_time(30)
        assert pod.commands == [("install",)]
        assert bench.told.error == '"install" ended with exit code 1 in the pod "api-1"'
        assert pod.state.starts == 1
        bench.save(a_py="1")
        await quiet()
        assert pod.commands == [("install",), ("install",)]
        assert bench.told.error == ""
        assert pod.state.starts == 2

    bench.run(story)


def test_a_save_while_a_command_runs_is_followed_up_too(tmp_path: Path):
    """The command may have read the file before it was saved once more."""
    bench = Bench(tmp_path, RunAfter(Exec(("install",))))
    bench.baked()
    pod = bench.pod("api-1")
    done = asyncio.Event()

    async def slow() -> int:
        await done.wait()
        return 0

    pod.programs["install"] = lambda *_: slow()

    async def story() -> None:
        bench.save(a_py="1")
        await quiet()
        bench.save(a_py="2")
        await quiet()
        assert (paths(pod), pod.commands) == ([["/app/a.py"], ["/app/a.py"]], [("install",)])
        done.set()
        await quiet()
        assert pod.commands == [("install",), ("install",)]

    bench.run(story)


def test_a_pod_that_ends_is_no_trouble(tmp_path: Path):
    """Its link breaks before its end is told: only one that stays out of reach has other files, until it is over."""
    bench = Bench(tmp_path)
    bench.baked()
    pod = bench.pod("api-1")
    there = bench.latest.value.pods

    async def story() -> None:
        del bench.shop.links.containers[Target("demo", "api-1", "api")]
        pod.cut("the container ended")
        await pass_time(2)
        assert bench.told.error == ""
        bench.change(pods=())
        await pass_time(10)
        assert bench.told.error == ""
        bench.change(pods=there)
        await pass_time(10)
        assert bench.told.error
        bench.change(pods=())
        await pass_time(2)
        assert bench.told.error == ""

    bench.run(story)


def test_what_a_broken_link_cut_short_is_followed_up(tmp_path: Path):
    """The files are there already, and the command all the same runs when the pod is reached again."""
    bench = Bench(tmp_path, RunAfter(Exec(("install",))))
    bench.baked()
    pod = bench.pod("api-1")

    def cut(container: FakeContainer, *_: object) -> int:
        container.programs["install"] = lambda *_: 0
        container.cut("the connection was reset")
        raise OutsideError("the link broke")

    pod.programs["install"] = cut

    async def story() -> None:
        bench.save(a_py="1")
        await pass_time(2)
        assert pod.commands == [("install",), ("install",)]
        assert paths(pod) == [["/app/a.py"]]
        assert bench.told.error == ""

    bench.run(story)


def test_files_go_where_no_helper_is(tmp_path: Path):
    """But a restart cannot follow there, and that is told with the way out."""
    bench = Bench(tmp_path, RestartAfter())
    bench.baked()
    pod = bench.pod("api-1", helped=False)

    async def story() -> None:
        bench.save(a_py="1")
        await pass_time(10)
        assert paths(pod) == [["/app/a.py"]]
        assert "cannot be started anew" in bench.told.error
        assert bench.told.hint == "`homeport restart api` makes another pod"

    bench.run(story)


def test_files_that_cannot_be_read_stop_nothing_for_good(tmp_path: Path):
    """It is told, and goes on once they can be, also when it happens at the very beginning."""
    bench = Bench(tmp_path)
    bench.baked()
    pod = bench.pod("api-1")
    bench.shop.trees.refusal = OutsideError('file "x" cannot be read: permission denied', hint="make it readable")

    async def story() -> None:
        await pass_time(2)
        assert bench.told.error.startswith('file "x" cannot be read')
        bench.shop.trees.refusal = None
        await pass_time(2)
        assert (bench.told.error, bench.told.pods) == ("", ("uid-api-1/0",))
        bench.shop.trees.refusal = OutsideError("again")
        bench.save(a_py="1")
        await pass_time(2)
        assert bench.told.error == "again"
        bench.shop.trees.refusal = None
        await pass_time(2)
        assert paths(pod) == [["/app/a.py"]]
        assert bench.told.error == ""

    bench.run(story)


def test_an_end_of_the_command_is_told_until_it_runs_again(tmp_path: Path):
    """The helper starts it anew, since the files would be lost with the container."""
    bench = Bench(tmp_path)
    bench.baked()
    pod = bench.pod("api-1")

    async def story() -> None:
        pod.ends(3)
        await quiet()
        assert bench.told.ended == "its command ended with exit code 3"
        pod.starts()
        await quiet()
        assert bench.told.ended == ""

    bench.run(story)


@pytest.mark.parametrize("bursts", [1, 5000])
def test_more_saves_than_are_remembered_are_looked_for(tmp_path: Path, bursts: int):
    """Nothing is missed: then everything is read again."""
    bench = Bench(tmp_path)
    bench.baked()
    pod = bench.pod("api-1")

    async def story() -> None:
        bench.change(paused=True)
        bench.save(a_py="1")
        for _ in range(bursts):
            bench.seq += 1
            bench.shop.outside.journal.note("live:image:api", bench.seq, ())
        bench.change(upto=bench.seq, paused=False)
        await asyncio.sleep(0)
        await quiet()
        assert paths(pod) == [["/app/a.py"]]

    bench.run(story)
