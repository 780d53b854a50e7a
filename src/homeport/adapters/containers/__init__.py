"""Containers of this machine, through the API of a Docker engine."""

from homeport.adapters.containers.containers import DockerContainers

__all__ = ["DockerContainers"]
