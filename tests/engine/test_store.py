"""The store: whole writes, one wake for many."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from homeport.aio.virtual import run_virtually
from homeport.engine.store import Store
from homeport.model.containers import BuiltImage, Container
from homeport.model.facts import Changed, Ending, Run
from homeport.model.graph import Graph
from homeport.model.nodes import Option, Service
from homeport.model.parts import Exec, Where
from homeport.model.snapshot import Snapshot
from homeport.model.wishes import Wishes, lasting, newest
from homeport.server.turns import scale


class VirtualClock:
    """The loop's time."""

    def now(self) -> int:
        """Virtual microseconds."""
        return round(asyncio.get_running_loop().time() * 1e6)

    def wall(self) -> float:
        """Virtual seconds."""
        return asyncio.get_running_loop().time()


def world(*names: str) -> Graph:
    """Return a graph of options, which is enough for a store."""
    return Graph("demo", "/", "/stack.py", {name: Option(name, Where("stack.py", 1)) for name in names})


def with_store(act: Callable[[Store], Awaitable[None]]) -> Store:
    """Act on a store in virtual time and return it."""
    store = Store(Snapshot(world("a", "b"), Wishes(), {}), VirtualClock(), newest)

    async def main() -> None:
        await act(store)

    run_virtually(main())
    return store


def test_a_fact_is_a_new_revision_and_leaves_old_snapshots_alone():
    """What was seen stays as it was; the newest snapshot has the fact."""

    async def act(store: Store) -> None:
        before = store.snapshot
        store.put(("changed", "a", 0), Changed(1))
        assert before.facts == {}
        assert store.snapshot.fact(("changed", "a", 0), Changed) == Changed(1)
        assert store.snapshot.revision == before.revision + 1

    with_store(act)


def test_facts_of_other_nodes_stay_the_same_object():
    """A report replaces the facts of one node only, so that "nothing new" is one comparison."""

    async def act(store: Store) -> None:
        store.put(("changed", "a", 0), Changed(1))
        store.put(("changed", "b", 0), Changed(1))
        before = store.snapshot
        store.put(("changed", "b", 0), Changed(2))
        assert store.snapshot.facts["a"] is before.facts["a"]
        assert store.snapshot.facts["b"] is not before.facts["b"]

    with_store(act)


def test_many_changes_are_one_wake():
    """Who waits is woken once for a burst and sees all of it."""

    async def act(store: Store) -> None:
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(store.after(store.revision))
            await asyncio.sleep(0)
            for number in range(500):
                store.put(("changed", "a", 0), Changed(number))
        seen = waiting.result()
        assert seen.fact(("changed", "a", 0), Changed) == Changed(499)
        assert seen.revision == 500

    with_store(act)


def test_news_that_came_before_the_wait_is_not_missed():
    """Waiting for a revision after an old one returns at once."""

    async def act(store: Store) -> None:
        before = store.revision
        store.touch()
        assert (await store.after(before)).revision == before + 1

    with_store(act)


def test_an_instant_is_news():
    """A wait may end at an instant; what time alone changes is a revision too, since screens wait for revisions."""

    async def act(store: Store) -> None:
        before = store.revision
        seen = await store.after(before, 3_000_000)
        assert asyncio.get_running_loop().time() == 3.0
        assert seen.revision == before + 1

    with_store(act)


def test_a_cancelled_wait_leaves_nothing():
    """A wait that was given up neither fires later nor keeps the store busy."""

    async def act(store: Store) -> None:
        try:
            async with asyncio.timeout(1):
                await store.after(store.revision, 50_000_000)
        except TimeoutError:
            pass
        before = store.revision
        await asyncio.sleep(100)
        assert store.revision == before

    with_store(act)


def test_facts_of_nodes_that_left_are_forgotten_once_nothing_of_them_runs():
    """A node that left is remembered while its run is alive."""

    async def act(store: Store) -> None:
        run = Run(1, "x")
        store.put(("run", "a", 0), run)
        store.put(("changed", "b", 0), Changed(1))
        store.declare(world("c"))
        assert set(store.snapshot.facts) == {"a"}
        store.put(("run", "a", 0), Run(1, "x", ended=Ending(0, 0)))
        store.declare(world("c"))
        assert set(store.snapshot.facts) == set()

    with_store(act)


def test_what_is_known_of_images_outlives_another_evaluation():
    """An image and the files in its pods have names of their own; another graph with the same image knows them."""
    image = Container(BuiltImage(Exec(("make",)), "/", ()))
    api = Service("api", Where("stack.py", 1), Exec(("api",)), "/", container=image)
    graph = Graph("demo", "/", "/stack.py", {"api": api})

    async def act(store: Store) -> None:
        store.declare(graph)
        for name in ("image:api", "live:image:api", "image:gone"):
            store.put(("changed", name, 0), Changed(1))
        store.declare(replace(graph, notes=("other",)))
        assert set(store.snapshot.facts) == {"image:api", "live:image:api"}

    with_store(act)


def test_wishes_and_closing_are_changes_like_others():
    """A wish is folded into the newest wishes; closing at once is not softened again."""

    async def act(store: Store) -> None:
        store.wish(lambda wishes: Wishes(turns={**wishes.turns, "a": 1}))
        assert store.snapshot.wishes.turns == {"a": 1}
        store.close()
        assert store.snapshot.closing == "in order"
        store.close(at_once=True)
        store.close()
        assert store.snapshot.closing == "at once"

    with_store(act)


def test_the_newest_word_about_replicas_counts():
    """A wished number stays until the file says another one than it said then, also in a later house; a wish is newer again."""

    def file(replicas: int) -> Graph:
        api = Service("api", Where("stack.py", 1), Exec(("api",)), "/", replicas=replicas)
        return Graph("demo", "/", "/stack.py", {"api": api})

    async def act(store: Store) -> None:
        store.declare(file(2))
        store.wish(scale("api", 3))
        store.declare(replace(file(2), notes=("something else",)))
        assert store.snapshot.wishes.replicas == {"api": 3}
        assert newest(lasting(store.snapshot.wishes), file(4)).replicas == {}
        store.declare(file(4))
        assert store.snapshot.wishes.replicas == {}
        store.wish(scale("api", 1))
        store.declare(replace(file(4), notes=("something else",)))
        assert store.snapshot.wishes.replicas == {"api": 1}

    with_store(act)
