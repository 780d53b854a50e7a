"""Containers of a pod by their names."""

import pytest

from homeport.cli.inside.within import demand_container
from homeport.model.errors import RefusedError

POD = {
    "metadata": {"name": "api-1"},
    "spec": {
        "containers": [{"name": "api"}, {"name": "proxy"}],
        "initContainers": [{"name": "agent", "restartPolicy": "Always"}, {"name": "prepare"}],
    },
}


@pytest.mark.parametrize("container", ["api", "proxy", "agent"])
def test_what_runs_in_the_pod_can_be_entered(container: str) -> None:
    """Its containers, and sidecars that began before them."""
    demand_container(POD, "api", container)


@pytest.mark.parametrize(
    ("container", "what", "hint"),
    [
        ("prox", 'has no container "prox"', 'did you mean "proxy"?'),
        ("x", 'has no container "x"', 'known: "agent", "api", "proxy"'),
        ("prepare", '"prepare" of the pod api-1 runs to its end', "`homeport logs api -c prepare`"),
    ],
)
def test_what_cannot_be_entered_is_told_with_what_can(container: str, what: str, hint: str) -> None:
    """A name that the pod does not have is refused with those that it has, before anything is run."""
    with pytest.raises(RefusedError, match=what) as refused:
        demand_container(POD, "api", container)
    assert hint in str(refused.value.hint)
