"""The toolbox: finds the programs that a stack needs on this machine, or fetches them as wheels into a cache.

One door, ``find(kind, …)``, and one answer, ``Found`` or ``Missing``; both are plain data. It does I/O and may take as
long as a download, so call it in a thread. ``kind`` is ``postgres``, ``redis``, ``valkey``, ``rabbitmq`` or ``node``; any
other kind is a program of that name on the PATH.

- ``version`` is a prefix of dotted parts: ``"16"`` takes 16.4 and not 160. What is there in another version is Missing.
- ``programs`` must all be found; empty means what the kind needs to run. Further ones come along where they exist.
- ``search_path`` is a PATH; well-known folders of the product are searched after it.
- ``cache`` is our folder for unpacked wheels. ``fetch`` allows downloads; without it only what is there already counts.
- ``say`` gets a sentence when something takes long; by ``errand`` a fetch can be called back from another thread.

A new product is one file here with a ``find`` and one line in ``_PRODUCTS``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from homeport.adapters.tools import node, postgres, program, rabbitmq, redis, valkey
from homeport.adapters.tools.answer import Ask, Found, Missing
from homeport.adapters.tools.errand import Errand

__all__ = ["Errand", "Found", "Missing", "find"]

_PRODUCTS: Mapping[str, Callable[[Ask], Found | Missing]] = MappingProxyType(
    {
        "node": node.find,
        "postgres": postgres.find,
        "rabbitmq": rabbitmq.find,
        "redis": redis.find,
        "valkey": valkey.find,
    }
)


def find(
    kind: str,
    *,
    version: str | None,
    programs: tuple[str, ...],
    search_path: str,
    cache: Path,
    fetch: bool,
    say: Callable[[str], None],
    errand: Errand | None = None,
) -> Found | Missing:
    """Find or fetch the programs of one product. Never raises for what this machine lacks: that is Missing."""
    ask = Ask(kind, version, programs, search_path, cache, fetch, say, errand or Errand())
    return _PRODUCTS.get(kind, program.find)(ask)
