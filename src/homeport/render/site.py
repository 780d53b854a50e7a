"""Where a graph is rendered for: everything that the file does not say."""

from collections.abc import Mapping

from msgspec import Struct

Named = Mapping[str, Mapping[str, str]]
"""Values by node and name."""


class Address(Struct, frozen=True):
    """Under which ``host`` pods reach a service that lives elsewhere, and its ``ports`` by name."""

    host: str
    ports: Mapping[str, int]


class Site(Struct, frozen=True):
    """What is rendered, and for where.

    ``images``: the image of each service and task that becomes pods; the others live elsewhere. ``creates``: whether the
    namespace is one of the objects. ``elsewhere``: addresses of services that are no pods; one without is expected behind a
    Service of its own name. ``settings``: the values of ``.env`` files. ``secrets``: the values of secrets; None: every
    secret value is left out, those of settings, options and literals too. ``key``: with it known secret values
    are part of digests, so that a change rolls the pods; they are never digested without.
    """

    namespace: str
    instance: str
    images: Mapping[str, str]
    creates: bool = True
    replicas: Mapping[str, int] = {}
    elsewhere: Mapping[str, Address] = {}
    options: Mapping[str, str] = {}
    settings: Named = {}
    secrets: Named | None = None
    key: bytes = b""
