"""What others set in the containers of our objects."""

from typing import Any

import pytest

from homeport.work.seen.others import set_by_others

ENV = {"f:env": {".": {}, 'k:{"name":"FOO"}': {".": {}, "f:name": {}, "f:value": {}}}}
OWN = {"f:image": {}, "f:env": {'k:{"name":"PORT"}': {"f:value": {}}}}


def entry(manager: str, fields: dict[str, Any], subresource: str = "") -> dict[str, Any]:
    """Return what a manager owns of the container ``api``."""
    spec = {"f:spec": {"f:containers": {'k:{"name":"api"}': fields}}}
    return {"manager": manager, "subresource": subresource, "fieldsV1": {"f:spec": {"f:template": spec}}}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([entry("homeport", OWN)], ""),
        ([entry("homeport", OWN), entry("kubectl-set", ENV)], '"kubectl-set" set env FOO'),
        ([entry("homeport", OWN | ENV), entry("kubectl-set", ENV)], ""),
        ([entry("homeport", OWN), entry("kubectl-edit", {"f:args": {}, "f:image": {}})], '"kubectl-edit" set args'),
        ([entry("homeport", OWN), entry("kube-controller-manager", ENV, "status")], ""),
        ([{"manager": "kubectl-scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}}], ""),
    ],
)
def test_what_somebody_else_alone_owns_is_told(entries: list[dict[str, Any]], said: str) -> None:
    """With the field and who set it; what we set as well is ours, and what is in no container is not told."""
    told = set_by_others({"metadata": {"name": "api", "managedFields": entries}})
    assert told == (f"{said}: the file says nothing of it, so it stays" if said else "")
