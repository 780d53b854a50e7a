"""Images: what they are made from, making them by the engine's own client, and bringing them to a cluster."""

from homeport.adapters.images.builder import DockerBuilder

__all__ = ["DockerBuilder"]
