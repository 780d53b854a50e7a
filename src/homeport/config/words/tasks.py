"""The handle of a task."""

from homeport.config.words.handles import Handle


class Task(Handle):
    """A declared task or build step: what others wait for."""

    __slots__ = ()
