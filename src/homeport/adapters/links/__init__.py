"""Carrying connections: the shared addresses of replicas."""

from homeport.adapters.links.fronts import LoopbackFronts

__all__ = ["LoopbackFronts"]
