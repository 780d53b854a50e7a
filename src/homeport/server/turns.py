"""Requests that change wishes, as pure functions from wishes to wishes."""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from homeport.model.places import Place
from homeport.model.placing import changed
from homeport.model.wishes import Wishes

Change = Callable[[Wishes], Wishes]


def restart(names: Iterable[str]) -> Change:
    """Raise the turn of each; a pause does not hold what is asked for by hand."""
    chosen = tuple(names)
    return lambda wishes: replace(
        wishes, turns={**wishes.turns, **{name: wishes.turns.get(name, 0) + 1 for name in chosen}}
    )


def trigger(names: Iterable[str], args: tuple[str, ...] | None, services: Iterable[str] = ()) -> Change:
    """Raise the turn of each and undo a ``disable``; tasks get other arguments unless ``args`` is None.

    ``services`` are those of the names that are to keep running: they are switched on.
    """
    chosen, running = tuple(names), frozenset(services)
    turn, join = restart(chosen), select(chosen)

    def change(wishes: Wishes) -> Wishes:
        enabled = {name: on for name, on in wishes.enabled.items() if on or name not in chosen}
        enabled |= dict.fromkeys(running, True)
        told = {} if args is None else {name: args for name in chosen if name not in running}
        return replace(turn(join(wishes)), enabled=enabled, args={**wishes.args, **told})

    return change


def enable(names: Iterable[str]) -> Change:
    """Switch each on; it joins what is selected."""
    chosen = tuple(names)
    join = select(chosen)
    return lambda wishes: replace(join(wishes), enabled={**wishes.enabled, **dict.fromkeys(chosen, True)})


def disable(names: Iterable[str]) -> Change:
    """Switch each off."""
    chosen = tuple(names)
    return lambda wishes: replace(wishes, enabled={**wishes.enabled, **dict.fromkeys(chosen, False)})


def pause(names: Iterable[str]) -> Change:
    """Collect the saves of each, or of everything when there is no name."""
    chosen = frozenset(names)
    return lambda wishes: replace(wishes, paused=wishes.paused | chosen, all_paused=wishes.all_paused or not chosen)


def resume(names: Iterable[str]) -> Change:
    """Act on the saves of each again, or of everything when there is no name."""
    chosen = frozenset(names)
    if not chosen:
        return lambda wishes: replace(wishes, paused=frozenset(), all_paused=False)
    return lambda wishes: replace(wishes, paused=wishes.paused - chosen)


def select(names: Iterable[str]) -> Change:
    """Add names to the selection; without one everything that starts by itself is selected already."""
    chosen = frozenset(names)

    def change(wishes: Wishes) -> Wishes:
        return wishes if wishes.selected is None else replace(wishes, selected=wishes.selected | chosen)

    return change


def join(names: Iterable[str]) -> Change:
    """Let each run: what is asked for by name is selected and switched on."""
    return enable(names)


def options(values: dict[str, str], forget: Iterable[str]) -> Change:
    """Give options other values, and some their defaults again."""
    gone = frozenset(forget)
    return lambda wishes: replace(
        wishes, options={name: value for name, value in {**wishes.options, **values}.items() if name not in gone}
    )


def scale(name: str, replicas: int) -> Change:
    """Want another number of replicas of a service, whatever the file says by now."""
    return lambda wishes: replace(
        wishes,
        replicas={**wishes.replicas, name: replicas},
        declared={other: number for other, number in wishes.declared.items() if other != name},
    )


def place(places: Mapping[str, Place]) -> Change:
    """Want nodes in other places."""
    return lambda wishes: replace(wishes, places=changed(wishes.places, places))
