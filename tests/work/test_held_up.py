"""Homeport may stand still itself (SIGSTOP, a machine that sleeps): its late alarms prove nothing about programs."""

from msgspec.structs import replace
from workshop import Workshop, in_workshop, probe_job, task_job

from homeport.model.instants import Instant
from homeport.model.parts import HttpProbe, Timing
from homeport.model.plan import ProbeRun
from homeport.ports.fakes.runtime import Program
from homeport.work.probing import probe_run
from homeport.work.task import run_task

QUICK = HttpProbe("/", timing=Timing(every=1.0, timeout=2.0, failures=1))


class HeldUp(Workshop):
    """A workshop whose clock goes on while nobody works: ``lost`` seconds so far."""

    lost = 0.0

    def now(self) -> Instant:
        """Microseconds, the lost ones included."""
        return super().now() + round(self.lost * 1e6)

    def stand_still(self) -> None:
        """Lose ten seconds."""
        self.lost += 10.0


def live_job() -> ProbeRun:
    """Return the job that looks whether ``api`` lives, and believes one bad look."""
    job = probe_job(live=True)
    return replace(job, service=replace(job.service, live=QUICK))


def test_a_look_that_was_held_up_is_made_again():
    """An answer that came while we stood still is no bad look: liveness gives nobody up for it."""
    shop = HeldUp()
    shop.prober.healthy(9000)
    shop.prober.takes(9000, 9.0)
    mended = (1.5, lambda: shop.prober.takes(9000, 0.0))
    job = live_job()
    in_workshop(shop, probe_run(job, shop.outside, shop), (1.0, shop.stand_still), mended, cancel=[8])
    assert [ready for _, ready, _ in shop.healths("live")] == [True]


def test_a_look_in_time_counts():
    """Who gives no answer to the look after the one that was held up is believed to have none."""
    shop = HeldUp()
    shop.prober.healthy(9000)
    shop.prober.takes(9000, 9.0)
    job = live_job()
    in_workshop(shop, probe_run(job, shop.outside, shop), (1.0, shop.stand_still), cancel=[8])
    assert shop.healths("live") == [(4.0, False, "no answer within 2 s")]


def test_somebody_who_is_always_late_is_believed_at_last():
    """The third look counts, however late it is."""
    shop = HeldUp()
    shop.prober.healthy(9000)
    shop.prober.takes(9000, 9.0)
    stops = [(at, shop.stand_still) for at in (1.0, 3.0, 5.0)]
    in_workshop(shop, probe_run(live_job(), shop.outside, shop), *stops, cancel=[9])
    assert shop.healths("live") == [(6.0, False, "no answer within 2 s")]


def test_a_task_that_ended_while_homeport_stood_still_was_in_time():
    """An end that comes in together with the late alarm is the task's own."""
    shop = HeldUp()
    shop.runtime.programs["seed"] = Program(lives=5.2)
    in_workshop(shop, run_task(task_job(timeout=5.0), shop.outside, shop), (4.9, shop.stand_still))
    ended = shop.runs()[-1].ended
    assert ended is not None
    assert ended.ok


def test_a_task_that_still_runs_after_homeport_stood_still_is_out_of_time():
    """A late alarm rings all the same."""
    shop = HeldUp()
    shop.runtime.programs["seed"] = Program(lives=60)
    in_workshop(shop, run_task(task_job(timeout=5.0), shop.outside, shop), (4.9, shop.stand_still))
    ended = shop.runs()[-1].ended
    assert ended is not None
    assert ended.timed_out
