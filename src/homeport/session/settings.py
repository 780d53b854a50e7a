"""What a house is opened with."""

from collections.abc import Mapping

from msgspec import Struct

from homeport.model.places import Place


class Settings(Struct, frozen=True):
    """What a person asked for when opening a house.

    ``file`` is the absolute path of the stack file. ``environ`` is the environment of the shell that started Homeport.
    ``options`` are given by ``--set``; ``select`` are names, groups and globs (empty: what the file starts by itself).
    ``manual``: saves are collected. ``jobs``: concurrent builds and tasks (None: as remembered or eight). ``give_up``: crashes
    in a row after which nothing is retried. ``portable``: without what only Linux has. ``hints``: colour and width for
    programs. ``remember``: whether wishes outlive this house (a ``ci`` run's do not). ``last_good``: while the file is broken,
    begin with what it said when it last was sound. ``places``: where nodes are to run, by name, and under ``""`` all of which
    nothing else is said. ``context``, ``namespace`` and ``registry``: which cluster is meant, where in it, and where images go
    (None: as remembered, as the file says, or as it is found); ``allow_context``: also a cluster that is not of this machine.
    """

    file: str
    environ: Mapping[str, str]
    options: Mapping[str, str] = {}
    select: tuple[str, ...] = ()
    instance: str | None = None
    manual: bool = False
    jobs: int | None = None
    give_up: int | None = None
    portable: bool = False
    hints: Mapping[str, str] = {}
    remember: bool = True
    last_good: bool = False
    places: Mapping[str, Place] = {}
    context: str | None = None
    allow_context: bool = False
    namespace: str | None = None
    registry: str | None = None
