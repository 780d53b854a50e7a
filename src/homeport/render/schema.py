"""What lightkube's models rest on where lightkube itself is not installed: three names, on msgspec alone."""

import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any, TypeVar

import msgspec

C = TypeVar("C")
_NAME = "lightkube.core.schema"


class Model(msgspec.Struct, omit_defaults=True):
    """A Kubernetes object or a part of one; what is not set is left out."""


def provide() -> None:
    """Make ``lightkube.models`` importable: it takes its base from ``lightkube.core.schema``, and comes without one.

    Where lightkube is installed, its own base is left in place; both have the same shape.
    """
    if _NAME in sys.modules or find_spec("lightkube.core") is not None:
        return
    core, schema = ModuleType("lightkube.core"), ModuleType(_NAME)
    core.__path__ = []
    for name, value in (("DictMixin", Model), ("dataclass", _as_it_is), ("field", _field)):
        setattr(schema, name, value)
    sys.modules["lightkube.core"], sys.modules[_NAME] = core, schema


def _as_it_is(model: type[C]) -> type[C]:
    return model


def _field(metadata: dict[str, str] | None = None, default: Any = msgspec.NODEFAULT) -> Any:
    """Return a field whose name in JSON is no name in Python (``continue``)."""
    return msgspec.field(default=default, name=(metadata or {}).get("json"))
