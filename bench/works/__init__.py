"""All works, in the order of the table."""

from bench.cluster import PROMISED
from bench.work import Work
from bench.works import (
    changes,
    cluster_again,
    cluster_forwards,
    cluster_saves,
    cluster_starts,
    command,
    idle,
    inside,
    logs,
    render,
    start,
    stop,
    tasks,
    watched,
)

CLUSTER = (*cluster_saves.WORKS, *cluster_starts.WORKS, *cluster_again.WORKS, *cluster_forwards.WORKS)
WORKS: tuple[Work, ...] = (
    *tasks.WORKS,
    *start.WORKS,
    *stop.WORKS,
    *command.WORKS,
    *idle.WORKS,
    *inside.WORKS,
    *changes.WORKS,
    *logs.WORKS,
    *watched.WORKS,
    *render.WORKS,
    *((*CLUSTER,) if PROMISED else ()),
)
