"""Random histories in virtual time: whatever happens, no promise is broken and the house settles on what was asked."""

import asyncio
import random
from typing import Any

import pytest
from town import Town, chore, live, program

from homeport.model.nodes import Node, Service
from homeport.model.parts import Files, Need, Restart

SEEDS = range(120)
NAMES = ("s0", "s1", "s2", "s3", "s4")


def invent(name: str, rng: random.Random, version: int) -> Node:
    """Return a random node that needs only earlier ones."""
    earlier = [other for other in NAMES if other < name]
    needs = [Need(other, cascade=rng.random() < 0.2) for other in earlier if rng.random() < 0.5]
    if name == "s2" and rng.random() < 0.5:
        more: dict[str, Any] = {"inputs": (Files("/repo", (f"/{name}/*",)),)} if rng.random() < 0.5 else {}
        return chore(name, *needs, takes=rng.choice([0.1, 1, 3]), version=version, **more)
    return program(
        name,
        *needs,
        boot=rng.choice([0, 0.5, 1, 3]),
        drain=rng.choice([0, 0.5, 2]),
        version=version,
        restart=Restart(longest=4),
        replicas=rng.choice([1, 1, 1, 3]),
    )


class History:
    """One random history; a seed tells it again."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.version = 0
        self.toggled = NAMES[0]
        self.nodes = {name: invent(name, self.rng, 0) for name in NAMES}
        self.town = Town(*self.nodes.values(), jobs=self.rng.choice([1, 8]))

    async def happen(self, seconds: float = 40) -> None:
        """Let things happen for so long, then wait until they have settled."""
        town, rng = self.town, self.rng
        acts = [self._declare, self._write, self._save, self._crash, self._toggle, self._turn, self._scale, self._pause]
        while town.wall() < seconds:
            await asyncio.sleep(rng.choice([0, 0, 0.001, 0.1, 0.3, 1, 2, 3]))
            rng.choice(acts)()
        if rng.random() < 0.7:
            town.wish(paused=frozenset(), all_paused=False)
            async with asyncio.timeout(300):
                await town.settled()
            await asyncio.sleep(60)
            self._check_settled()

    def _change(self) -> None:
        self.version += 1
        name = self.rng.choice(NAMES)
        if self.rng.random() < 0.3 and len(self.nodes) > 1:
            self.nodes.pop(name, None)
        else:
            self.nodes[name] = invent(name, self.rng, self.version)
        self.nodes = {name: self.nodes[name] for name in sorted(self.nodes)}

    def _sound(self) -> list[Node]:
        """Return the nodes without needs that are gone."""
        return [
            with_needs(node, [need for need in node.needs if need.name in self.nodes]) for node in self.nodes.values()
        ]

    def _declare(self) -> None:
        self._change()
        self.town.declare(*self._sound())

    def _write(self) -> None:
        self._change()
        self.town.write(*self._sound())

    def _save(self) -> None:
        self.town.files = str(self.rng.random())
        self.town.watcher.save(*(f"/repo/{name}/app.py" for name in self.rng.sample(NAMES, self.rng.choice([1, 1, 3]))))

    def _crash(self) -> None:
        alive = [process for process in self.town.runtime.processes if process.alive]
        if alive:
            self.town.crash(self.rng.choice(alive).launch.label, self.rng.choice([0, 1]))

    def _toggle(self) -> None:
        self.toggled = name = self.toggled if self.rng.random() < 0.5 else self.rng.choice(NAMES)
        enabled = self.town.store.snapshot.wishes.enabled
        self.town.wish(enabled={**enabled, name: not enabled.get(name, True)})

    def _turn(self) -> None:
        name, turns = self.rng.choice(NAMES), self.town.store.snapshot.wishes.turns
        self.town.wish(turns={**turns, name: turns.get(name, 0) + 1})

    def _scale(self) -> None:
        self.town.wish(replicas={self.rng.choice(NAMES): self.rng.choice([1, 2, 3])})

    def _pause(self) -> None:
        self.town.wish(paused=frozenset(self.rng.sample(NAMES, 2)), all_paused=self.rng.random() < 0.2)

    def _check_settled(self) -> None:
        """Compare what runs with what was asked, program by program."""
        town, wishes = self.town, self.town.store.snapshot.wishes
        wanted: dict[str, str] = {}
        hopeless: set[str] = set()
        for node in town.file.nodes.values():
            off = wishes.enabled.get(node.name) is False or town.state(node.name) == "failed"
            if off or any(need.name in hopeless for need in node.needs):
                hopeless.add(node.name)
            elif isinstance(node, Service):
                replicas = wishes.replicas.get(node.name, node.replicas)
                labels = [f"{node.name}.{n + 1}" for n in range(replicas)] if replicas > 1 else [node.name]
                wanted.update(dict.fromkeys(labels, node.env["VERSION"]))
        found = {
            process.launch.label: process.launch.env["VERSION"]
            for process in town.runtime.alive
            if process.launch.label.partition(".")[0] not in hopeless
        }
        well = all(town.is_well(process) for process in town.runtime.alive)
        if found != wanted or not well:
            town.broken.append((town.wall(), f"settled on {found} instead of {wanted}; all well: {well}"))


def with_needs(node: Any, needs: list[Need]) -> Node:
    """Return a node with other needs."""
    return type(node)(**{name: getattr(node, name) for name in node.__struct_fields__} | {"needs": tuple(needs)})


@pytest.mark.parametrize("block", range(4))
def test_no_promise_is_broken(block: int):
    """Never two runs of one place, never a start on an unready or outdated need, never a cut drain, nothing left behind."""
    for seed in SEEDS[block::4]:
        history = History(seed)
        try:
            live(history.town, lambda _town, history=history: history.happen())
        except BaseException as error:
            error.add_note(f"seed {seed}\n" + "\n".join(history.town.told[-30:]))
            raise
