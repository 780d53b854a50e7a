"""Probes: eager while a program starts, calm once it is well, wary after a bad look."""

import pytest
from msgspec.structs import replace
from workshop import Workshop, in_workshop, probe_job

from homeport.model.parts import CommandProbe, Exec, HttpProbe, LogProbe, TcpProbe, Timing
from homeport.ports.fakes.runtime import Program, Say
from homeport.ports.runtime import Exit
from homeport.work.probing import probe_run

LONG = 100.0


def probed(shop: Workshop, job, *acts, until: float = LONG) -> Workshop:
    """Probe until then."""
    return in_workshop(shop, probe_run(job, shop.outside, shop), *acts, cancel=[until])


def test_a_start_is_looked_at_eagerly():
    """While a program starts the pauses begin at tens of milliseconds and grow to a quarter of a second."""
    shop = Workshop()
    probed(shop, probe_job(), until=1.0)
    assert 6 <= len(shop.prober.looks) <= 12


def test_what_keeps_a_start_from_being_ready_is_told_after_a_second():
    """Hardly any program answers at once, so a complaint is no news before; then it is, once."""
    shop = Workshop()
    probed(shop, probe_job(), until=5)
    (told,) = shop.healths()
    assert 1.0 <= told[0] <= 1.25
    assert told[1:] == (False, "connection refused on port 9000")


def test_a_container_is_not_ready_because_its_engine_listens():
    """The port of a container accepts for whoever may come; only a connection that stays open counts."""
    shop = Workshop()
    shop.prober.stands_before_nobody(9000)
    probed(shop, replace(probe_job(), image="redis"), (3, lambda: shop.prober.healthy(9000)), until=6)
    assert [ready for _, ready, _ in shop.healths()] == [False, True]
    assert shop.healths()[0][2] == "nobody listens behind port 9000"


def test_ready_is_told_as_soon_as_it_is_seen():
    """The first good look makes it ready; from then on it is looked at calmly."""
    shop = Workshop()
    probed(shop, probe_job(), (0.5, lambda: shop.prober.healthy(9000)), until=35)
    assert [ready for _, ready, _ in shop.healths()] == [True]
    assert 0.5 <= shop.healths()[0][0] <= 0.75
    late = len(shop.prober.looks)
    assert late <= 12 + 3


def test_one_bad_look_makes_wary_and_three_make_unready():
    """After a bad look it is looked at each second; only enough bad looks in a row are believed."""
    shop = Workshop()
    shop.prober.healthy(9000)
    probed(
        shop,
        probe_job(),
        (5, lambda: shop.prober.refuses(9000)),
        (10.5, lambda: shop.prober.healthy(9000)),
        (25, lambda: shop.prober.refuses(9000)),
        until=60,
    )
    told = shop.healths()
    assert told[0] == (0.0, True, "")
    assert told[1][1:] == (False, "connection refused on port 9000")
    assert 31 <= told[1][0] <= 34
    assert len(told) == 2


def test_unready_and_ready_again_remembers_that_it_was_ready():
    """A run that was ready once is unready afterwards, not starting."""
    shop = Workshop()
    shop.prober.healthy(9000)
    probed(shop, probe_job(), (5, lambda: shop.prober.refuses(9000)), (20, lambda: shop.prober.healthy(9000)), until=40)
    facts = [fact for _, fact in shop.of("health")]
    assert [(fact.ready, fact.was_ready, fact.number) for fact in facts] == [
        (True, True, 3),
        (False, True, 3),
        (True, True, 3),
    ]


def test_the_files_own_timing_counts():
    """An interval, a delay and thresholds of the file are kept."""
    shop = Workshop()
    shop.prober.healthy(9000)
    timing = Timing(every=5, after=3, successes=2, failures=1)
    probed(shop, probe_job(ready=TcpProbe(timing=timing)), (9, lambda: shop.prober.refuses(9000)), until=30)
    told = shop.healths()
    assert told[0][0] == pytest.approx(3.028)
    assert told[1][:2] == (13.028, False)


def test_an_http_probe_asks_for_its_path():
    """Path, statuses, headers and port reach the prober; what it answers is the reason."""
    shop = Workshop()
    shop.prober.answers(9000, 503)
    probe = HttpProbe("/healthz", statuses=(200,), headers={"X": "1"})
    probed(shop, probe_job(ready=probe), until=1.5)
    look = shop.prober.looks[0]
    assert (look.port, look.path, look.statuses, look.headers) == (9000, "/healthz", (200,), (("X", "1"),))
    assert [told[1:] for told in shop.healths()] == [(False, "answered 503, expected 200")]


def test_liveness_gives_up_after_its_failures():
    """It begins when the run was ready, so each failure counts, also of a program that never passed it."""
    shop = Workshop()
    probed(shop, probe_job(live=True), until=50)
    assert shop.healths("live") == [(2.0, False, "connection refused on port 9000")]
    assert shop.of("live")[-1][1].dead


def test_a_run_that_liveness_gave_up_on_is_dead_for_good():
    """One that answered and stops answering is dead, with the reason, and looked at no more."""
    shop = Workshop()
    shop.prober.healthy(9000)
    in_workshop(shop, probe_run(probe_job(live=True), shop.outside, shop), (5, lambda: shop.prober.refuses(9000)))
    facts = [fact for _, fact in shop.of("live")]
    assert [fact.dead for fact in facts] == [False, True]
    assert facts[1].reason == "connection refused on port 9000"


def test_a_log_probe_waits_for_a_line_and_then_stays():
    """A matching line makes ready; the worker stays, since who ended would be started again to no end."""
    shop = Workshop()
    writer = shop.book.writer("api", run=3)
    shop.outside.pens.lend("api", 0, writer)
    probed(
        shop,
        probe_job(ready=LogProbe("listening on")),
        (4, lambda: writer.feed("out", b"listening on 9000\n")),
        until=50,
    )
    assert shop.healths() == [(0.0, False, "no line matches 'listening on' yet"), (4.0, True, "")]


def test_a_command_probe_runs_in_the_services_environment():
    """The command gets what the service gets; its exit code is the verdict and its last line the reason."""
    shop = Workshop()
    check = CommandProbe(Exec(("check",)))
    shop.runtime.programs["api"] = [
        Program(says=(Say(b"no leader\n"),), lives=1.1, ends=Exit(code=2)),
        Program(lives=0.1),
    ]
    probed(shop, probe_job(ready=check, env={"MODE": "x"}), until=5)
    assert shop.healths() == [(1.1, False, "the probe ended with exit code 2: no leader"), (1.228, True, "")]
    launch = shop.runtime.processes[0].launch
    assert (launch.argv, launch.env["MODE"], launch.env["PORT"], launch.tty) == (("check",), "x", "9000", False)


def test_a_command_probe_has_a_time_limit():
    """A command that says nothing in time is killed, and that is the reason."""
    shop = Workshop()
    probed(shop, probe_job(ready=CommandProbe(Exec(("check",)), Timing(timeout=1))), until=1.01)
    assert shop.healths() == [(1.0, False, "the probe gave no verdict within 1 s")]


def test_a_cancel_in_the_middle_of_a_command_leaves_nothing():
    """Cancelled while the command starts or runs, the probe ends it."""
    for until in (0.2, 0.7):
        shop = Workshop()
        shop.runtime.boot = 0.5
        probed(shop, probe_job(ready=CommandProbe(Exec(("check",)))), until=until)
        assert [process.gone for process in shop.runtime.processes] == [True]


def test_a_command_that_cannot_be_started_says_why():
    """A probe that cannot even run is a bad look with its reason."""
    shop = Workshop()
    shop.runtime.programs["api"] = Program(refused="there is no check")
    probed(shop, probe_job(ready=CommandProbe(Exec(("check",)))), until=1.5)
    assert [told[1:] for told in shop.healths()] == [(False, "the probe could not be started: api: there is no check")]
