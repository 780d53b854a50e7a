"""What is remembered of each sound evaluation."""

from homeport.model.graph import Graph
from homeport.model.nodes import Service
from homeport.model.parts import Exec, Where
from homeport.model.wishes import Wishes
from homeport.ports.fakes.memory import FakeMemory
from homeport.ports.fakes.vault import FakeVault
from homeport.session.keeping import Keeping


def test_a_wish_that_the_file_made_old_does_not_come_back() -> None:
    """Whatever a later file says: what was remembered of it is forgotten, and all other wishes are not."""

    def file(replicas: int) -> Graph:
        api = Service("api", Where("stack.py", 1), Exec(("api",)), "/", replicas=replicas)
        return Graph("demo", "/", "/stack.py", {"api": api})

    memory = FakeMemory()
    memory.keep_wishes(Wishes(replicas={"api": 2}, declared={"api": 1}, enabled={"api": False}))
    keeping = Keeping(FakeVault(), memory, {}, lambda text: None)
    keeping.keep(file(1), {})
    assert memory.wishes().replicas == {"api": 2}
    keeping.keep(file(3), {})
    keeping.keep(file(1), {})
    assert memory.wishes() == Wishes(enabled={"api": False})
