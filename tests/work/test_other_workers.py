"""Workers that run no program: fronts, evaluation, tools, values, ports, digests."""

from pathlib import Path

from workshop import AT, Workshop, in_workshop, service

from homeport.aio.latest import Latest
from homeport.model.errors import ConfigError, Mistake, OutsideError
from homeport.model.facts import Digested, Evaluated, Fronting, Known, Leased, Provided
from homeport.model.nodes import Secret, Source, Task, Tool
from homeport.model.parts import Exec, Files, Port
from homeport.model.plan import DigestInputs, Evaluate, Front, LeasePorts, LoadValues, ProvideTool
from homeport.work.evaluating import AGAIN, evaluate
from homeport.work.fronting import front
from homeport.work.providing import digest_inputs, lease_ports, load_values, provide_tool


def front_job(*targets: int) -> Front:
    """Return the job that listens for ``api``."""
    return Front(("front", "api", 0), "f1", "api", {"http": 9000}, {"http": targets})


def test_a_front_points_to_whoever_is_ready():
    """New targets reach the open address at once; at the end it says that nobody listens."""
    shop, latest = Workshop(), Latest(front_job())
    seen: list[tuple[int, ...]] = []
    in_workshop(
        shop,
        front(latest, shop.outside, shop),
        (1, lambda: latest.set(front_job(1, 2))),
        (1.1, lambda: seen.append(shop.fronts.open[9000].targets)),
        cancel=[2],
    )
    assert seen == [(1, 2)]
    assert [fact for _, fact in shop.of("front")] == [Fronting("f1"), Fronting("")]


def test_a_taken_address_is_told_and_tried_again():
    """While its port is taken a front says so, and it opens once the port is free."""
    shop, latest = Workshop(), Latest(front_job())
    shop.fronts.taken.add(9000)
    in_workshop(shop, front(latest, shop.outside, shop), (1.5, shop.fronts.taken.clear), cancel=[4])
    facts = [fact for _, fact in shop.of("front")]
    assert facts[0].error == 'the shared address of "http", port 9000 on 127.0.0.1, is taken'
    assert facts[-2:] == [Fronting("f1"), Fronting("")]


def test_an_evaluation_declares_its_graph():
    """A sound file is declared and told as evaluated, with the time it took."""
    shop = Workshop()
    in_workshop(shop, evaluate(Evaluate(("file", "", 0), "2|x", "/repo/stack.py", {}), shop.outside, shop))
    assert shop.graphs == [shop.graph]
    assert shop.of("file") == [(0.5, Evaluated("2|x"))]


def test_a_broken_file_keeps_the_last_good_graph():
    """Mistakes are told, and nothing is declared; neither when the evaluation itself could not run."""
    mistake = Mistake("no such service", "/repo/stack.py", 3)
    for error, told in (
        (ConfigError([mistake]), mistake),
        (OutsideError("no python", hint="?"), Mistake("no python", hint="?")),
    ):
        shop = Workshop()
        shop.graph = error
        in_workshop(shop, evaluate(Evaluate(("file", "", 0), "2|x", "/repo/stack.py", {}), shop.outside, shop))
        assert shop.graphs == []
        assert shop.of("file") == [(0.5, Evaluated("2|x", (told,)))]


def test_an_evaluation_without_room_counts_and_says_that_it_is_tried_again():
    """What may pass by itself is told with its time and number, for the plan, and with a promise, for people."""
    shop = Workshop()
    shop.graph = ConfigError([Mistake("too many files", hint="raise the limit")], passing=True)
    job = Evaluate(("file", "", 0), "2|x/3", "/repo/stack.py", {}, 3)
    in_workshop(shop, evaluate(job, shop.outside, shop))
    told = Mistake("too many files", hint=f"raise the limit; {AGAIN}")
    assert shop.of("file") == [(0.5, Evaluated("2|x/3", (told,), short=4, at=500_000))]


def test_a_cancelled_evaluation_declares_nothing():
    """A newer save makes the older evaluation worthless."""
    shop = Workshop()
    job = Evaluate(("file", "", 0), "2|x", "/repo/stack.py", {})
    in_workshop(shop, evaluate(job, shop.outside, shop), cancel=[0.2])
    assert (shop.graphs, shop.facts) == ([], [])


def test_a_tool_tells_its_progress():
    """Progress comes before what was found."""
    shop = Workshop()
    in_workshop(
        shop, provide_tool(ProvideTool(("tool", "node", 0), "t1", Tool("node", AT, "node")), shop.outside, shop)
    )
    assert [fact for _, fact in shop.of("tool")][-1] == Provided("t1", {"node": "/bin/node"})


def test_values_are_loaded_and_never_told():
    """What is reported of a secret is digests alone."""
    shop = Workshop()
    node = Secret("key", AT, {"value": Source(generate="password")})
    in_workshop(shop, load_values(LoadValues(("known", "key", 0), "k1", node), shop.outside, shop))
    fact = shop.of("known")[0][1]
    assert isinstance(fact, Known)
    assert "s3cr3t" not in repr(fact)
    assert shop.vault.value("key", "value:value") == "s3cr3t-value"


def test_ports_are_told_on_each_service():
    """Every service hears of its own ports; one that cannot be had fails alone, and the lease as a whole says so."""
    shop = Workshop()
    shop.portbook.taken[8000] = "nginx (pid 7)"
    fixed = service(ports=(Port("http", 8000, fixed=True),))
    other = type(fixed)("web", AT, Exec(("web",)), "/repo", ports=(Port("http", 8001),))
    job = LeasePorts(("ports", "", 0), "all/5", ((fixed, 1, "a"), (other, 1, "w")))
    in_workshop(shop, lease_ports(job, shop.outside, shop))
    found = {key[1]: fact for _, key, fact in shop.facts if isinstance(fact, Leased)}
    assert "nginx (pid 7)" in (found["api"].error or "")
    assert found["web"].shared == {"http": 8001}
    assert (found[""].identity, found[""].error is not None) == ("all", True)


def test_inputs_are_digested_and_outputs_looked_for(tmp_path: Path):
    """The digest of the inputs is told, and whether an output is missing; what cannot be read is an error."""
    files = (Files("/repo", ("*.lock",)),)
    for output, missing in ((tmp_path, False), (tmp_path / "gone", True)):
        shop = Workshop()
        node = Task("install", AT, Exec(("npm",)), "/repo", inputs=files, outputs=(str(output),))
        in_workshop(shop, digest_inputs(DigestInputs(("inputs", "install", 0), "i1", node), shop.outside, shop))
        assert shop.of("inputs") == [(0.0, Digested("i1", "digest-1", missing))]
        assert shop.digested == [files]
    shop = Workshop()
    shop.digest = OutsideError("package.lock cannot be read")
    in_workshop(shop, digest_inputs(DigestInputs(("inputs", "install", 0), "i1", node), shop.outside, shop))
    assert shop.of("inputs") == [(0.0, Digested("i1", error="package.lock cannot be read"))]
