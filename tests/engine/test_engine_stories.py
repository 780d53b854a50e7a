"""Journeys as screens would tell them, line by line in virtual time."""

import asyncio
from textwrap import dedent

from town import Town, chore, live, program, story

from homeport.model.nodes import Task
from homeport.model.parts import Exec, Files, Restart


def told(text: str) -> str:
    """Return an expected story without its indent."""
    return dedent(text).strip("\n")


def test_a_house_starts_in_order_and_ends_in_reverse():
    """From nothing to ready and back, in the order of needs; a drain holds what it leans on."""

    async def tale(_: Town) -> None:
        await asyncio.sleep(5)

    town = live(
        Town(program("db", boot=1, drain=1), chore("migrate", "db"), program("api", "migrate", "db", drain=0.5)), tale
    )
    assert story(town) == told("""
    0.00  db       waiting  waiting for its ports
    0.00  migrate  waiting  waiting for db, which is waiting
    0.00  api      waiting  waiting for migrate, which is waiting
    0.00  db       starting
    0.00  migrate  waiting  waiting for db, which is starting
    1.17  db       ready
    1.17  migrate  waiting
    1.17  migrate  running
    1.17  api      waiting  waiting for migrate, which is running
    2.17  migrate  completed
    2.17  api      starting
    2.84  api      ready
    5.00  db       stopping
    5.00  migrate  stopped
    5.00  api      stopping
    5.50  api      stopped
    6.50  db       stopped
    """)


def test_a_crash_rests_longer_each_time_and_its_dependents_stay():
    """A crashing service is retried with growing pauses; who needs it runs on; a save ends the pause."""

    async def tale(town: Town) -> None:
        await asyncio.sleep(3)
        for code in (1, 2, 3):
            town.crash("db", code)
            await asyncio.sleep(2)
        town.crash("db", 4)
        await asyncio.sleep(0.1)
        town.watcher.save("/repo/db/schema.py")
        await asyncio.sleep(0.1)

    town = live(Town(program("db", boot=0), program("api", "db", boot=0)), tale)
    assert story(town) == told("""
    0.00  db       waiting  waiting for its ports
    0.00  api      waiting  waiting for db, which is waiting
    0.00  db       starting
    0.00  api      waiting  waiting for db, which is starting
    0.00  db       ready
    0.00  api      starting
    0.00  api      ready
    3.00  db       restarting  it ended (exit code 1)
    3.50  db       starting
    3.50  db       ready
    5.00  db       restarting  it ended twice in a row (exit code 2)
    6.00  db       starting
    6.00  db       ready
    7.00  db       restarting  it ended 3 times in a row (exit code 3)
    9.00  db       starting
    9.00  db       ready
    9.10  db       stopping
    9.10  db       starting
    9.10  db       ready
    9.20  db       stopping
    9.20  api      stopping
    9.20  api      stopped
    9.20  db       stopped
    """)


def test_giving_up_tells_the_cause():
    """With a limit the third crash is the last, and the house comes to rest."""

    async def tale(town: Town) -> None:
        for _ in range(3):
            while not [process for process in town.runtime.processes if process.alive]:
                await town.loop.after(town.store.revision)
            town.crash("api")
            await asyncio.sleep(0)
        await town.settled()

    town = live(Town(program("api"), program("web", "api"), give_up=3), tale)
    assert story(town) == told("""
    0.00  api      waiting  waiting for its ports
    0.00  web      waiting  waiting for api, which is waiting
    0.00  api      starting
    0.00  web      waiting  waiting for api, which is starting
    0.00  api      restarting  it ended (exit code 1)
    0.00  web      waiting  waiting for api, which is restarting
    0.50  api      starting
    0.50  web      waiting  waiting for api, which is starting
    0.50  api      restarting  it ended twice in a row (exit code 1)
    0.50  web      waiting  waiting for api, which is restarting
    1.50  api      starting
    1.50  web      waiting  waiting for api, which is starting
    1.50  api      failed  it ended 3 times in a row (exit code 1)
    1.50  web      waiting  waiting for api, which is failed
    1.50  api      stopped
    1.50  web      stopped
    """)


def test_a_failing_build_keeps_the_old_program():
    """A save starts the build; while it fails the old program serves; when it succeeds the new one replaces it."""
    rules = (Files("/repo", ("/api/*",)),)

    def build(code: int, takes: int = 2) -> Task:
        env = {"TAKES": str(takes), "CODE": str(code)}
        return Task("compile", program("x").at, Exec(("cc",)), "/repo", env=env, inputs=rules, build=True)

    async def tale(town: Town) -> None:
        await town.settled()
        for code in (1, 0):
            town.declare(build(code, 1), program("api", builds=("compile",)))
            await asyncio.sleep(0.01)
            await town.settled()

    town = live(Town(build(0), program("api", builds=("compile",))), tale)
    assert story(town) == told("""
    0.00  compile  waiting  its input files are not watched yet
    0.00  api      waiting  waiting for compile, which is waiting
    0.00  compile  waiting  reading its input files
    0.00  compile  waiting
    0.00  compile  building
    0.00  api      building
    2.00  compile  completed
    2.00  api      starting
    2.67  api      ready
    2.67  compile  waiting
    2.67  compile  building
    3.67  compile  failed  exit code 1
    3.67  api      ready  [build compile failed (exit code 1): the last good one runs on]
    3.67  compile  waiting
    3.67  api      ready
    3.67  compile  building
    4.67  compile  completed
    4.67  api      stopping
    4.67  api      starting
    5.34  api      ready
    5.34  compile  stopped
    5.34  api      stopping
    5.34  api      stopped
    """)


def test_a_broken_file_changes_nothing_until_it_is_mended():
    """A broken stack file keeps everything running; mended, only what differs is replaced."""

    async def tale(town: Town) -> None:
        await town.settled()
        town.mistake = "api needs databse"
        town.write()
        await asyncio.sleep(1)
        town.mistake = None
        town.write(program("db", boot=0), program("api", "db", boot=0, version=2), program("web", boot=0))
        await asyncio.sleep(1)

    town = live(Town(program("db", boot=0), program("api", "db", boot=0)), tale)
    assert story(town) == told("""
    0.00  db       waiting  waiting for its ports
    0.00  api      waiting  waiting for db, which is waiting
    0.00  db       starting
    0.00  api      waiting  waiting for db, which is starting
    0.00  db       ready
    0.00  api      starting
    0.00  api      ready
    1.10  api      stopping
    1.10  web      waiting  waiting for its ports
    1.10  web      starting
    1.10  api      starting
    1.10  web      ready
    1.10  api      ready
    2.00  db       stopping
    2.00  api      stopping
    2.00  web      stopping
    2.00  api      stopped
    2.00  web      stopped
    2.00  db       stopped
    """)


def test_a_rolling_restart_is_one_replica_at_a_time():
    """Three replicas restart one after the other, and the address is never empty."""

    async def tale(town: Town) -> None:
        await town.settled()
        town.watcher.save("/repo/api/main.py")
        while not town.runtime.of("api.3").launch.env["HOMEPORT_RUN"].endswith("/2"):
            await town.loop.after(town.store.revision)
            address = next(iter(town.fronts.open.values()))
            assert len(address.targets) >= 2
        await town.settled()

    town = live(Town(program("api", boot=0, drain=1, replicas=3)), tale)
    starts = [(round(event.at, 1), event.label) for event in town.runtime.events if event.what == "started"]
    # Each takes its last calls (0.1 s) and its drain (1 s) before its successor starts.
    assert starts == [(0, f"api.{n}") for n in (1, 2, 3)] + [(round(1.1 * n, 1), f"api.{n}") for n in (1, 2, 3)]


def test_a_pause_collects():
    """Paused, saves wait; resumed, they are one restart."""

    async def tale(town: Town) -> None:
        await town.settled()
        for _ in range(3):
            town.watcher.save("/repo/api/main.py")
            await asyncio.sleep(1)
        town.wish(all_paused=False)
        await asyncio.sleep(1)

    town = live(Town(program("api", boot=0), all_paused=True), tale)
    assert story(town) == told("""
    0.00  api      waiting  waiting for its ports
    0.00  api      starting
    0.00  api      ready
    0.00  api      ready  [paused: changes wait]
    3.00  api      stopping
    3.00  api      starting
    3.00  api      ready
    4.00  api      stopping
    4.00  api      stopped
    """)


def test_a_limit_of_one_job_builds_one_after_the_other():
    """--jobs bounds what runs at once."""

    async def tale(town: Town) -> None:
        await town.settled()

    town = live(Town(chore("a"), chore("b"), chore("c", code=3), jobs=1), tale)
    assert story(town) == told("""
    0.00  a        waiting
    0.00  b        waiting  waiting for a free place among the running tasks (--jobs)
    0.00  c        waiting  waiting for a free place among the running tasks (--jobs)
    0.00  a        running
    1.00  a        completed
    1.00  b        waiting
    1.00  b        running
    2.00  b        completed
    2.00  c        waiting
    2.00  c        running
    3.00  c        failed  exit code 3
    3.00  a        stopped
    3.00  b        stopped
    3.00  c        stopped
    """)


def test_an_exit_with_zero_at_once_was_never_ready():
    """A service that ends well at once is started again, and never counts as ready."""

    async def tale(town: Town) -> None:
        for _ in range(2):
            await asyncio.sleep(0.1)
            town.crash("api", 0)
            await asyncio.sleep(0.3)

    town = live(Town(program("api", boot=1, restart=Restart(first=0.2, longest=0.2))), tale)
    assert "ready" not in story(town)
    assert len(town.runtime.processes) == 3
