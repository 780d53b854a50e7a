"""Rendering that is loaded when it is first needed: its models cost several megabytes that a house of processes never uses."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from homeport.model.cluster_jobs import Scene
from homeport.ports.cluster import Manifest
from homeport.ports.renderer import Identity, Own, Renderer, Values


class LaterRenderer:
    """Keeps ``ports.renderer.Renderer``'s promise by ``HouseRenderer``."""

    def common(self, scene: Scene, who: Identity, values: Values) -> Sequence[Manifest]:
        """Return what all nodes share."""
        return self._real.common(scene, who, values)

    def node(self, scene: Scene, who: Identity, values: Values, name: str, turn: str = "") -> Sequence[Manifest]:
        """Return the objects of one node."""
        return self._real.node(scene, who, values, name, turn)

    def own(self, scene: Scene, who: Identity, values: Values, own: Own) -> Sequence[Manifest]:
        """Return the user's own objects as they are applied."""
        return self._real.own(scene, who, values, own)

    def relay(
        self, scene: Scene, who: Identity, image: str, services: Mapping[str, Mapping[int, int]]
    ) -> Sequence[Manifest]:
        """Return the relay, and a Service per name."""
        return self._real.relay(scene, who, image, services)

    @cached_property
    def _real(self) -> Renderer:
        from homeport.session.rendering import HouseRenderer

        return HouseRenderer()
