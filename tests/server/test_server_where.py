"""Asking a house where something runs."""

from pathlib import Path

import pytest

from homeport.client.client import Client
from homeport.model.errors import RefusedError
from homeport.model.view import NodeView
from homeport.model.whereabouts import PodAt, Whereabouts
from landlord import served

API = Whereabouts("kubernetes", "testbed", "https://10.0.0.1", "shop", (PodAt("api-1", "api"),))


def test_a_house_tells_where_a_node_runs(tmp_path: Path) -> None:
    """The place, the cluster and the pods come as they are; one name means one node, and an unknown one is refused."""
    nodes = (NodeView("api", "service", "ready", groups=("all",)), NodeView("db", "service", "ready", groups=("all",)))
    with served(str(tmp_path / "s"), *nodes) as landlord:
        landlord.do(lambda house: house.feed.wheres.update(api=API))
        client = Client(landlord.path)
        pod = {"name": "api-1", "container": "api"}
        told = {"context": "testbed", "server": "https://10.0.0.1", "namespace": "shop", "place": "kubernetes"}
        assert client.where("api")["where"] == {**told, "pods": [pod]}
        assert client.where("db")["where"] == {}
        with pytest.raises(RefusedError, match="means 2 nodes"):
            client.where("all")
