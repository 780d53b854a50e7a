"""All drills, in the order of the page: a file for each kind of trouble."""

from types import ModuleType

from drills.drill import Drill
from drills.works import (
    clock,
    cluster_images,
    cluster_link,
    cluster_login,
    cluster_objects,
    cluster_parts,
    containers,
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

WORKS: tuple[ModuleType, ...] = (
    killed,
    hostile,
    guardian_killed,
    interrupted,
    crashing,
    flapping,
    frozen,
    soak,
    clock,
    instances,
    saves,
    secrets,
    socket,
    limits,
    logs,
    disk_full,
    watches,
    containers,
    cluster_link,
    cluster_login,
    cluster_objects,
    cluster_images,
    cluster_parts,
)
"""The files, in the order of the page; each has a sentence about its kind of trouble and some ``DRILLS``."""

DRILLS: tuple[Drill, ...] = tuple(drill for work in WORKS for drill in work.DRILLS)
