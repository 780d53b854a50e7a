"""All drills, in the order of the page: a file for each kind of trouble."""

from drills.drill import Drill
from drills.works import clock, crashing, flapping, frozen, guardian_killed, hostile, interrupted, killed, saves, soak

DRILLS: tuple[Drill, ...] = (
    *killed.DRILLS,
    *hostile.DRILLS,
    *guardian_killed.DRILLS,
    *interrupted.DRILLS,
    *crashing.DRILLS,
    *flapping.DRILLS,
    *frozen.DRILLS,
    *clock.DRILLS,
    *soak.DRILLS,
    *saves.DRILLS,
)
