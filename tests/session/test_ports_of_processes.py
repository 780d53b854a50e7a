"""Services that stand for processes in a cluster."""

from msgspec.structs import replace

from homeport.model.cluster_jobs import Scene
from homeport.model.graph import Graph
from homeport.model.nodes import Service
from homeport.model.parts import Exec, Port, Where
from homeport.model.places import Site
from homeport.ports.renderer import Identity
from homeport.session.rendering import HouseRenderer

DB = Service("db", Where("stack.py", 1), Exec(("db",)), "/repo", ports=(Port("sql", 5432),))


def port_name(service: Service) -> str:
    """Return what the first port of its Service is called."""
    graph = Graph("demo", "/repo", "/repo/stack.py", {service.name: service})
    who = Identity("demo", "owner-1", creates=True)
    made = HouseRenderer().relay(Scene(graph, Site("fake", "demo"), {}), who, "pause:1", {"db": {5432: 20000}})
    return str(next(each for each in made if each["kind"] == "Service")["spec"]["ports"][0]["name"])


def test_a_port_that_no_cluster_would_take_has_another_name_there() -> None:
    """A process may call its ports whatever it likes; what pods reach it by is called as a cluster allows."""
    assert port_name(DB) == "sql"
    assert port_name(replace(DB, ports=(Port("p_q", 5432),))) == "port-5432"
