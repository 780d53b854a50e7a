"""A graph becomes Kubernetes objects: arithmetic, the same for ``homeport render`` and for a cluster."""

from homeport.render.schema import provide

provide()
