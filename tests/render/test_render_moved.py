"""A patch changes what an object is like, never which one it is."""

import pytest

from homeport.model.errors import RefusedError
from homeport.render.patching import patched

OURS = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "shop"}, "spec": {}}


@pytest.mark.parametrize("patch", [
    {"metadata": {"name": "other"}}, {"metadata": {"namespace": "default"}}, {"kind": "DaemonSet"}, {"metadata": None},
])  # fmt: skip
def test_a_patch_moves_nothing(patch: dict[str, object]) -> None:
    """An object under another name would never be found again, nor removed."""
    with pytest.raises(RefusedError, match="by which the object is found"):
        patched("api", [OURS], {"Deployment": patch})


def test_a_patch_may_say_what_is_so() -> None:
    """The name that it has anyway is no move."""
    made = patched("api", [OURS], {"Deployment": {"metadata": {"name": "api"}, "spec": {"paused": True}}})
    assert made[0]["spec"] == {"paused": True}
