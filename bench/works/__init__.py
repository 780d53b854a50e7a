"""All works, in the order of the table."""

from bench.work import Work
from bench.works import changes, command, idle, inside, logs, render, start, stop, tasks, watched

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
)
