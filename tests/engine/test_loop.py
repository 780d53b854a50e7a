"""The wheel: one plan for a burst, and the way out."""

import asyncio

from town import Town, live, program

from homeport.model.facts import Changed


def test_a_burst_of_reports_is_one_plan():
    """Five hundred reports in one tick are answered by a single plan."""
    counts: list[int] = []

    async def tale(town: Town) -> None:
        await town.settled()
        before = town.plans
        for number in range(500):
            town.store.put(("changed", f"node-{number}", 0), Changed(number))
        await asyncio.sleep(0.001)
        counts.append(town.plans - before)

    live(Town(program("api", boot=0)), tale)
    assert counts == [1]


def test_an_idle_house_does_not_plan():
    """Without news nothing is decided: a quiet hour costs no plan."""
    counts: list[int] = []

    async def tale(town: Town) -> None:
        await asyncio.sleep(60)
        before = town.plans
        await asyncio.sleep(3600)
        counts.append(town.plans - before)

    live(Town(program("api", boot=0), program("web", "api", boot=0, replicas=2)), tale)
    assert counts == [0]


def test_a_house_that_is_closed_before_it_began_ends():
    """A close in the first tick leaves nothing, whatever was just being started."""

    async def tale(_: Town) -> None:
        return

    town = live(Town(program("db"), program("api", "db")), tale)
    assert town.runtime.processes == []


def test_at_once_hurries_everybody():
    """Killed, a house neither waits for dependents nor for drains."""
    ended: list[float] = []

    async def tale(town: Town) -> None:
        await town.settled()
        town.store.close(at_once=True)
        await asyncio.sleep(1)
        town.crew.hurry()
        await asyncio.sleep(0.01)
        assert not town.runtime.alive
        ended.append(town.wall())
        town.runtime.events.clear()
        town.runtime.processes.clear()

    town = Town(program("db", boot=0, drain=9), program("api", "db", boot=0, drain=9))
    live(town, tale)
    assert ended == [1.01]
