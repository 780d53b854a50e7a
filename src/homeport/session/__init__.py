"""Wires one running house from a stack file and a machine: the only room that knows concrete neighbours at once."""

from homeport.session.house import House
from homeport.session.run import RunsAlready, run
from homeport.session.settings import Settings

__all__ = ["House", "RunsAlready", "Settings", "run"]
