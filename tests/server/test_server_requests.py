"""Every request over a real socket, against a house that runs nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.client.client import Client
from homeport.model.errors import RefusedError
from homeport.model.plan import Hold
from homeport.model.view import NodeView, ReplicaView
from landlord import Landlord, served

NODES = (
    NodeView("postgres", "service", "starting", since=1.0, groups=("stores",)),
    NodeView("migrate", "task", "waiting", detail="waiting for postgres", cause="postgres"),
    NodeView("api", "service", "waiting", detail="waiting for migrate", cause="migrate", groups=("app",)),
    NodeView("page", "service", "ready", groups=("app",)),
)


@pytest.fixture
def landlord(tmp_path: Path) -> Iterator[Landlord]:
    """A served house of four nodes."""
    with served(str(tmp_path / "run" / "s"), *NODES) as found:
        yield found


@pytest.fixture
def client(landlord: Landlord) -> Client:
    """A client of it."""
    return Client(landlord.path)


def test_status_shows_all_or_what_a_name_means(client: Client) -> None:
    """Names, groups and globs choose; without any, everything is shown."""
    assert [node.name for node in client.status().nodes] == ["postgres", "migrate", "api", "page"]
    assert [node.name for node in client.status(["app"]).nodes] == ["api", "page"]
    assert [node.name for node in client.status(["p*"]).nodes] == ["postgres", "page"]


def test_status_since_tells_only_what_changed(landlord: Landlord, client: Client) -> None:
    """A client that names a revision gets what came after it."""
    before = client.status().revision
    landlord.do(lambda house: house.feed.put(NodeView("api", "service", "ready")))
    assert [node.name for node in client.status(since=before).nodes] == ["api"]


def test_following_tells_every_change(landlord: Landlord, client: Client) -> None:
    """The first frame is whole, the next ones hold what changed."""
    frames = client.frames()
    assert len(next(frames).nodes) == 4
    landlord.do(lambda house: house.feed.put(NodeView("api", "service", "ready")))
    assert [(node.name, node.state) for node in next(frames).nodes] == [("api", "ready")]


def test_an_unknown_name_is_refused_with_a_next_step(client: Client) -> None:
    """The refusal of the house arrives as the same error."""
    with pytest.raises(RefusedError) as refused:
        client.status(["nope"])
    assert refused.value.what == 'nothing is called "nope"'
    assert refused.value.hint


def test_a_wait_ends_when_all_is_there(landlord: Landlord, client: Client) -> None:
    """What is ready already is not waited for."""
    assert client.wait(["page"]) == ("reached", {}, None)


def test_a_wait_ends_when_it_is_hopeless(landlord: Landlord, client: Client) -> None:
    """A failure ends the wait with its sentence."""
    landlord.do(lambda house: house.feed.put(NodeView("migrate", "task", "failed", detail="exit code 3")))
    assert client.wait() == ("failed", {"migrate": "failed: exit code 3"}, None)


def test_a_wait_ends_when_time_is_up(client: Client) -> None:
    """What is missing is told with what it does instead."""
    assert client.wait(["api"], timeout=0.0) == ("timeout", {"api": "waiting for migrate"}, None)


def test_a_wait_judges_by_what_is_saved(landlord: Landlord, client: Client) -> None:
    """While the stack file is read again, nobody hears that all is as it said before; only what is missing by that."""
    landlord.do(lambda house: setattr(house.feed, "is_behind", True))
    for name, missing in (("page", {}), ("new", {}), ("api", {"api": "waiting for migrate"})):
        assert client.wait([name], timeout=0.0) == ("timeout", missing, None)
    landlord.do(lambda house: setattr(house.feed, "is_behind", False))
    assert client.wait(["page"])[0] == "reached"
    assert client.current(["page"]).nodes[0].name == "page"


def test_a_wait_tells_that_the_file_is_broken(landlord: Landlord, client: Client) -> None:
    """The answer is about the last good one, and says so itself: the house may be gone right after it."""
    landlord.do(lambda house: house.feed.say(file_error="error: bad"))
    assert client.wait(["page"]) == ("reached", {}, "error: bad")


def test_a_wait_ends_when_the_house_closes(landlord: Landlord, client: Client) -> None:
    """Nobody waits for a house that is going."""
    landlord.do(lambda house: house.close())
    assert client.wait(["api"])[0] == "closing"


def test_why_walks_down_to_the_cause(landlord: Landlord, client: Client) -> None:
    """The chain ends at the node that holds everything, with the last lines that it wrote in this run."""

    def hold(house: object) -> None:
        landlord.house.feed.holds = {"api": Hold("waits for migrate", "migrate"), "migrate": Hold("waits", "postgres")}
        landlord.house.book.add("postgres", 1, "out", "of an earlier run")
        landlord.house.book.add("postgres", 1, "out", "recovering")

    landlord.do(hold)
    chain = client.why("api")
    assert [link["name"] for link in chain["links"]] == ["api", "migrate", "postgres"]
    assert chain["links"][-1]["tail"] == ["recovering"]


def test_why_says_nothing_of_what_is_well(client: Client) -> None:
    """A ready service is held by nobody."""
    assert "links" not in client.why("page")


def test_why_wants_one_node(client: Client) -> None:
    """A group has no single cause."""
    with pytest.raises(RefusedError, match='"app" means 2 nodes: api, page'):
        client.why("app")


def test_wishes_reach_the_house(landlord: Landlord, client: Client) -> None:
    """Each wish concerns what its names mean, and the house holds it."""
    assert client.wish("restart", names=["app"]) == ("api", "page")
    assert client.wish("disable", names=["postgres"]) == ("postgres",)
    assert client.wish("trigger", names=["migrate"], args=["--all"]) == ("migrate",)
    assert client.wish("pause", names=["api"]) == ("api",)
    assert client.wish("options", values={"level": "debug"}) == ()
    assert client.wish("scale", name="api", replicas=3) == ("api",)
    wishes = landlord.house.feed.wishes
    assert wishes.turns == {"api": 1, "page": 1, "migrate": 1}
    assert wishes.enabled == {"postgres": False}
    assert wishes.args == {"migrate": ("--all",)}
    assert wishes.paused == {"api"}
    assert wishes.options == {"level": "debug"}
    assert wishes.replicas == {"api": 3}
    assert client.wishes()["options"] == {"level": "debug"}


def test_an_environment_is_given_whole(landlord: Landlord, client: Client) -> None:
    """What exec needs: variables and folder."""
    landlord.house.feed.environments = {"api": ({"PORT": "8000"}, "/srv")}
    assert client.environment("api") == ({"PORT": "8000"}, "/srv")


def test_logs_begin_with_the_last_lines_and_go_on(landlord: Landlord, client: Client) -> None:
    """A follower misses nothing and sees nothing twice."""
    landlord.do(lambda house: [house.book.add("api", 1, "out", text) for text in ("one", "two", "three")])
    batches = client.logs(["api"], tail=2, follow=True)
    assert [line.text for line in next(batches)] == ["two", "three"]
    landlord.do(lambda house: house.book.add("api", 1, "err", "four"))
    assert [(line.number, line.text) for line in next(batches)] == [(4, "four")]


def test_logs_are_filtered(landlord: Landlord, client: Client) -> None:
    """``since`` chooses among what was written by its time, ``tail`` the last of those."""
    landlord.do(lambda house: [house.book.add("api", 1, "out", text) for text in ("alpha", "beta", "gamma", "delta")])
    found = [line for batch in client.logs(since=1.0, tail=2) for line in batch]
    assert [line.text for line in found] == ["gamma", "delta"]


def test_a_house_searches_for_nobody(client: Client) -> None:
    """A pattern is refused: one that never ends, such as ``(a+)+$``, would hold the house."""
    with pytest.raises(RefusedError, match="unknown field `grep`"):
        list(client.logs(grep="(a+)+$"))


def test_closing_and_killing_are_asked_for(landlord: Landlord, client: Client) -> None:
    """Politely first; who is left is told meanwhile."""
    landlord.house.leaving = [("postgres", 7.0)]
    client.close()
    assert client.status().closing
    assert client.left() == [("postgres", 7.0)]
    assert not landlord.house.killed
    client.close(kill=True)
    assert landlord.house.killed


def test_a_dump_has_the_lines_of_every_replica(landlord: Landlord, client: Client) -> None:
    """What a replica wrote before another one started is of this run, too; what is older than all of them is not."""
    replicas = (ReplicaView(0, "ready", since=1.0), ReplicaView(1, "ready", since=3.0))
    landlord.do(lambda house: house.feed.put(NodeView("page", "service", "ready", since=3.0, replicas=replicas)))
    logs = ("page", "page", "page.2", "page.2", "page")
    landlord.do(lambda house: [house.book.add(log, 1, "out", f"{at}") for at, log in enumerate(logs)])
    assert [line["text"] for line in client.dump()["tails"]["page"]] == ["1", "2", "3", "4"]


def test_a_dump_has_everything(landlord: Landlord, client: Client) -> None:
    """States, holds, wishes and last lines of this run, in one message."""
    landlord.house.feed.holds = {"api": Hold("waits for migrate", "migrate")}
    landlord.do(lambda house: [house.book.add("postgres", 1, "out", text) for text in ("old", "new")])
    found = client.dump()
    assert found["frame"]["instance"] == "demo"
    assert found["holds"] == {"api": [["api", {"reason": "waits for migrate", "cause": "migrate"}]]}
    assert [line["text"] for line in found["tails"]["postgres"]] == ["new"]
    assert found["wishes"] == {}
    assert found["engine"] == {"planned": 0, "working": 0, "tasks": 0}
