"""All drills, in the order of the page: a file for each kind of trouble."""

from drills.drill import Drill
from drills.works import (
    clock,
    crashing,
    disk_full,
    flapping,
    frozen,
    guardian_killed,
    hostile,
    instances,
    interrupted,
    killed,
    limits,
    logs,
    saves,
    secrets,
    soak,
    socket,
    watches,
)

DRILLS: tuple[Drill, ...] = (
    *killed.DRILLS,
    *hostile.DRILLS,
    *guardian_killed.DRILLS,
    *interrupted.DRILLS,
    *crashing.DRILLS,
    *flapping.DRILLS,
    *frozen.DRILLS,
    *soak.DRILLS,
    *clock.DRILLS,
    *instances.DRILLS,
    *saves.DRILLS,
    *secrets.DRILLS,
    *socket.DRILLS,
    *limits.DRILLS,
    *logs.DRILLS,
    *disk_full.DRILLS,
    *watches.DRILLS,
)
