"""Order of things that need each other, and the road of a cycle."""

from collections.abc import Iterator, Mapping, Sequence


def cycles(edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield one road per group of names that need each other in a circle, its first name repeated at the end.

    ``edges`` gives what each name needs; names without an entry need nothing. Every name is part of one road at most,
    so that each independent mistake is told once.
    """
    done: set[str] = set()
    for start in edges:
        road: list[str] = []
        on_road: dict[str, int] = {}
        walks: list[Iterator[str]] = []
        _enter(start, edges, done, road, on_road, walks)
        while walks:
            following = next(walks[-1], None)
            if following is None:
                walks.pop()
                name = road.pop()
                del on_road[name]
                done.add(name)
            elif following in on_road:
                circle = road[on_road[following] :]
                if not done.intersection(circle):
                    yield (*circle, following)
                done.update(circle)
            else:
                _enter(following, edges, done, road, on_road, walks)


def _enter(
    name: str,
    edges: Mapping[str, Sequence[str]],
    done: set[str],
    road: list[str],
    on_road: dict[str, int],
    walks: list[Iterator[str]],
) -> None:
    if name not in done:
        on_road[name] = len(road)
        road.append(name)
        walks.append(iter(edges.get(name, ())))


def ordered(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """Return all names so that each comes after what it needs. Raises ValueError with the road when that is impossible."""
    road = next(cycles(edges), None)
    if road is not None:
        raise ValueError(" → ".join(road))
    found: dict[str, None] = {}
    for start in edges:
        walks = [(start, iter(edges.get(start, ())))]
        while walks:
            name, rest = walks[-1]
            following = next((each for each in rest if each not in found), None)
            if following is None:
                walks.pop()
                found.setdefault(name)
            else:
                walks.append((following, iter(edges.get(following, ()))))
    return list(found)
