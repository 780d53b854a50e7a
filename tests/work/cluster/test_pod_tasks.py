"""A task as a Job: earlier ones first, its end as that of a program, and its last words."""

from collections.abc import Awaitable, Callable
from typing import Any

from harbour import Harbour, in_harbour, pass_time, quiet, scene, task

from homeport.model.cluster_jobs import MakeImage, RunPodTask
from homeport.model.containers import Dockerfile, Sync
from homeport.model.facts import Done, Run
from homeport.model.parts import Files
from homeport.ports.cluster import ClusterError, Manifest, Scope
from homeport.ports.fakes.builder import FakeBuilder, Making
from homeport.work.cluster.tasks import run_pod_task

JOB = Scope("batch/v1", "Job", "demo", name="seed")
RULES = (Files("/repo", ("*.sql",)),)


def job(number: int = 3, **more: Any) -> RunPodTask:
    """Return the job that runs ``seed``."""
    given = {key: more.pop(key) for key in ("args", "count", "turn", "image") if key in more}
    node = task("seed", **more)
    made = {"turn": 0, **given}
    return RunPodTask(("run", "seed", 0), "id-1", node, number, "stamp-1", runs="r", scene=scene(node), **made)


class Yard:
    """A task that runs, and what its Job and pod do."""

    def __init__(self) -> None:
        self.shop = Harbour()

    async def made(self) -> Manifest:
        """Return the Job that the cluster has by now."""
        await quiet()
        found = await self.shop.cluster.get(JOB)
        assert found is not None
        return found

    async def ends(self, code: int = 0, *, says: str = "") -> None:
        """Let the pod end, and its Job with it."""
        made = await self.made()
        owner = [{"uid": made["metadata"]["uid"], "kind": "Job", "name": "seed", "controller": True}]
        state = {"terminated": {"exitCode": code, "reason": "Completed" if code == 0 else "Error"}}
        status = {"name": "seed", "state": state, "restartCount": 0}
        self.shop.make(
            "Pod", "seed-1", node="seed", meta={"ownerReferences": owner},
            spec={"containers": [{"name": "seed", "image": "x"}]},
            status={"phase": "Failed" if code else "Succeeded", "containerStatuses": [status]},
        )  # fmt: skip
        run = self.shop.cluster.says("demo", "seed-1", "seed")
        for line in says.splitlines():
            run.write(line.encode())
        run.end()
        kind = {"type": "Failed" if code else "Complete", "status": "True", "reason": "BackoffLimitExceeded"}
        counts = {"failed": 1} if code else {"succeeded": 1}
        self.shop.cluster.set(JOB, status={"conditions": [kind], **counts})
        await quiet()

    @property
    def runs(self) -> list[Run]:
        """What was told of runs."""
        return self.shop.runs()

    def run(self, made: RunPodTask, story: Callable[[], Awaitable[None]]) -> None:
        """Let the worker work beside a story."""

        async def both() -> None:
            async with self.shop.beside(run_pod_task(made, self.shop.outside, self.shop)):
                await quiet()
                await story()

        in_harbour(self.shop, both)


def test_a_success_is_told_as_that_of_a_program():
    """With a count, the stamp and the turn; without inputs no later house remembers it."""
    yard = Yard()

    async def story() -> None:
        assert (await yard.made())["spec"]["backoffLimit"] == 0
        assert yard.runs[-1].alive
        assert yard.runs[-1].in_cluster
        await yard.ends()
        assert yard.runs[-1].ended is not None
        assert yard.runs[-1].ended.ok
        assert [fact for _, fact in yard.shop.of("done")] == [Done("stamp-1", 8, 2, "r")]
        assert yard.shop.memory.done() == {}

    yard.run(job(count=7, turn=2), story)


def test_a_task_runs_on_what_was_saved_before_it_began():
    """An image is made of the files as they are, where the one that pods have gets some of them later."""
    yard = Yard()
    image = Dockerfile("/repo/Dockerfile", "/repo", update=(Sync("/repo/src", "/app"),))
    making = MakeImage(("image", "image:seed", 0), "id-1", "image:seed", image, "demo", "seed", once=True)

    async def story() -> None:
        container = (await yard.made())["spec"]["template"]["spec"]["containers"][0]
        builder = yard.shop.outside.builder
        assert isinstance(builder, FakeBuilder)
        assert [container["image"].rpartition("/")[2]] == [each.rpartition("/")[2] for each in builder.built]
        assert yard.shop.memory.image("image:seed") is None, "the next house goes on with the one that pods have"
        await yard.ends()

    yard.run(job(image=making), story)


def test_a_task_whose_image_cannot_be_made_is_told_why():
    """It has not run then."""
    yard = Yard()
    image = Dockerfile("/repo/Dockerfile", "/repo", update=(Sync("/repo/src", "/app"),))
    making = MakeImage(("image", "image:seed", 0), "id-1", "image:seed", image, "demo", "seed", once=True)
    builder = yard.shop.outside.builder
    assert isinstance(builder, FakeBuilder)
    builder.makings["/repo/Dockerfile"] = Making(fails="RUN false", line=3)

    async def story() -> None:
        ended = yard.runs[-1].ended
        assert ended is not None
        assert str(ended.error).startswith("could not be started: its image could not be made: ")

    yard.run(job(image=making), story)


def test_a_success_over_inputs_is_remembered():
    """A later house may skip it then."""
    yard = Yard()

    async def story() -> None:
        await yard.ends()
        assert yard.shop.memory.done()["seed"].stamp == "stamp-1"

    yard.run(job(inputs=RULES), story)


def test_a_failure_has_its_exit_code_and_its_last_lines():
    """As the program said them: they are shown."""
    yard = Yard()

    async def story() -> None:
        await yard.ends(3, says="connecting\nno login with that\n")
        run = yard.runs[-1]
        assert run.ended is not None
        assert (run.ended.code, run.tail) == (3, ("connecting", "no login with that"))
        assert yard.shop.of("done") == []

    yard.run(job(), story)


def test_earlier_jobs_are_removed_first():
    """And their pods are gone before the next one begins, so that no two work at once."""
    yard = Yard()
    yard.shop.make("Job", "seed-old", "batch/v1", node="seed")
    yard.shop.make("Pod", "seed-old-1", node="seed")

    async def story() -> None:
        assert yard.shop.there("Job", "batch/v1") == []
        assert yard.shop.there("Pod") == ["seed-old-1"]
        await yard.shop.cluster.delete(Scope("v1", "Pod", "demo", name="seed-old-1"))
        await yard.made()
        await yard.ends()

    yard.run(job(), story)


def test_arguments_follow_the_command():
    """Those that a trigger was given."""
    yard = Yard()

    async def story() -> None:
        made = await yard.made()
        assert made["spec"]["template"]["spec"]["containers"][0]["command"] == ["seed", "--only", "users"]
        await yard.ends()

    yard.run(job(args=("--only", "users")), story)


def test_what_the_cluster_refuses_never_started():
    """The reason is the end of the run, and is in its log."""
    yard = Yard()
    yard.shop.cluster.refusals["Job", "seed"] = [
        ClusterError("quota exceeded", reason="Forbidden", code=403, hint="ask")
    ]

    async def story() -> None:
        run = yard.runs[-1]
        assert run.ended is not None
        assert run.ended.error == "could not be started: quota exceeded"
        assert run.started is None

    yard.run(job(), story)


def test_one_that_will_never_run_ends_and_is_removed():
    """Such as one whose image cannot be pulled: a program that cannot be started is no program that runs."""
    yard = Yard()

    async def story() -> None:
        made = await yard.made()
        owner = [{"uid": made["metadata"]["uid"], "kind": "Job", "name": "seed", "controller": True}]
        waiting = {"waiting": {"reason": "InvalidImageName", "message": 'couldn\'t parse image name "x:y:z"'}}
        yard.shop.make(
            "Pod", "seed-1", node="seed", meta={"ownerReferences": owner},
            spec={"containers": [{"name": "seed", "image": "x:y:z"}]},
            status={"phase": "Pending", "containerStatuses": [{"name": "seed", "state": waiting, "restartCount": 0}]},
        )  # fmt: skip
        yard.shop.cluster.set(JOB, status={"active": 1})
        await quiet()
        run = yard.runs[-1]
        assert run.ended is not None
        assert run.ended.error is not None
        assert "x:y:z" in run.ended.error
        assert yard.shop.there("Job", "batch/v1") == []

    yard.run(job(), story)


def test_a_house_that_leaves_lets_the_job_go_on():
    """Its run counts as ended on our wish, which says nothing about the task."""
    yard = Yard()

    async def story() -> None:
        await yard.made()

    yard.run(job(), story)
    assert yard.runs[-1].ended is not None
    assert yard.runs[-1].ended.asked
    assert yard.shop.there("Job", "batch/v1") == ["seed"]


def test_a_silent_cluster_is_waited_for():
    """The end is known as soon as it is heard again."""
    yard = Yard()

    async def story() -> None:
        await yard.made()
        yard.shop.cluster.cut()
        await pass_time(100)
        assert yard.runs[-1].alive
        yard.shop.cluster.mend()
        await quiet()
        await yard.ends()
        assert yard.runs[-1].ended is not None
        assert yard.runs[-1].ended.ok

    yard.run(job(), story)
