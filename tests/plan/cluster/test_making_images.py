"""When images are made: once each, bases first, again after what counts, and never for what does not."""

from typing import Any

from msgspec.structs import replace
from sea import SYNC, Sea, dockerfile
from stage import service, task

from homeport.kit.globs import glob
from homeport.model.cluster_jobs import Deploy, MakeImage
from homeport.model.containers import BuiltImage, Container, Dockerfile, FullBuild, Sync
from homeport.model.facts import Changed
from homeport.model.parts import Exec, Files
from homeport.model.plan import WatchFiles
from homeport.model.shipped import Imaged
from homeport.plan.cluster.rules import image_rules
from homeport.plan.views import is_settled

FAILED = Imaged("", error="the RUN in line 7 failed", hint="mend it", tail=("ERROR",))


def makes(sea: Sea) -> list[str]:
    """Return which images were made since the last look; looks at what counts are left out."""
    found = [job.name for job in sea.done_jobs if isinstance(job, MakeImage) and not job.reads]
    sea.did(MakeImage)
    return found


def built(**more: Any) -> Sea:
    """Return a service whose image is made, after it was."""
    sea = Sea(service("api", container=dockerfile()), **more)
    sea.settle()
    assert makes(sea) == ["image:api"]
    return sea


def test_there_is_one_job_for_each_distinct_image():
    """Whoever runs it; and one for each way to bring it."""
    sea = Sea(
        service("api", container=dockerfile()),
        service("worker", container=dockerfile()),
        task("migrate", container=dockerfile()),
        service("web", container=dockerfile("/repo/web")),
    )
    sea.settle()
    assert makes(sea) == ["image:api", "image:web"]
    sea.move(worker="docker")
    sea.pass_time(1)
    assert makes(sea) == ["image:api"]


def test_what_counts_is_watched_before_it_is_made():
    """No save after the look is missed."""
    sea = Sea(service("api", container=dockerfile()))
    seen: list[str] = []

    def look(answer: Any) -> None:
        job = next((job for job in answer.jobs.values() if isinstance(job, MakeImage)), None)
        rules = answer.jobs["watch", "", 0].rules.get("image:api") if ("watch", "", 0) in answer.jobs else None
        if job is not None:
            seen.append(f"{'look' if job.reads else 'make'} {'watched' if rules else 'unwatched'}")

    sea.stepped = look
    sea.settle()
    assert list(dict.fromkeys(seen)) == ["look unwatched", "make watched"]


def test_bases_are_made_first():
    """Who begins from one waits for it, and is made anew when it is."""
    sea = Sea(
        service("api", container=dockerfile()),
        service("base", container=dockerfile("/repo/base", tags=("base:dev",))),
    )
    sea.bases["image:api"] = ("base:dev",)
    sea.settle()
    assert makes(sea) == ["image:base", "image:api"]
    sea.save("image:base")
    sea.settle()
    assert makes(sea) == ["image:base", "image:api"]


def in_a_circle():
    """Return two images of which each begins from the other, and one that begins from them."""
    sea = Sea(
        service("api", container=dockerfile("/repo", tags=("api:dev",))),
        service("base", container=dockerfile("/repo/base", tags=("base:dev",))),
        service("web", container=dockerfile("/repo/web")),
    )
    sea.bases |= {"image:api": ("base:dev",), "image:base": ("api:dev",), "image:web": ("api:dev",)}
    sea.settle()
    return sea


def test_dockerfiles_that_begin_from_each_other_fail_with_the_road():
    """Nobody waits for ever for what cannot come, who begins from them neither."""
    sea = in_a_circle()
    assert {name: sea.state(name) for name in ("api", "base", "web")} == dict.fromkeys(("api", "base", "web"), "failed")
    told = "Dockerfiles begin from each other in a circle: "
    holds = sea.plan().holds
    assert holds["base"].reason == f"{told}base → api → base"
    assert holds["web"].reason == f"{told}api → base → api"


def test_a_save_that_ends_a_circle_is_read():
    """What an image began from when it was last read says nothing of the Dockerfile of now."""
    sea = in_a_circle()
    sea.bases["image:base"] = ()
    sea.save("image:base")
    sea.settle()
    assert {name: sea.state(name) for name in ("api", "base", "web")} == dict.fromkeys(("api", "base", "web"), "ready")


def test_a_base_that_failed_is_the_reason():
    """And nobody waits for it for ever."""
    sea = Sea(
        service("api", container=dockerfile()),
        service("base", container=dockerfile("/repo/base", tags=("base:dev",))),
    )
    sea.bases["image:api"] = ("base:dev",)
    sea.failing["image:base"] = FAILED
    answer = sea.settle()
    assert sea.state("api") == "failed"
    assert answer.holds["api"].reason == 'its base "base:dev" could not be made: the RUN in line 7 failed'
    assert is_settled(answer)


def test_a_save_makes_it_anew_and_rolls_its_pods():
    """Once for each burst."""
    sea = built()
    sea.did(Deploy)
    sea.save("image:api")
    sea.settle()
    assert (makes(sea), sea.did(Deploy)) == (["image:api"], ["api"])
    sea.pass_time(60)
    assert makes(sea) == []


def test_a_failing_build_keeps_what_runs():
    """It is told with its line and last words, and whoever leans on the service may go on."""
    sea = built()
    sea.failing["image:api"] = FAILED
    sea.save("image:api")
    answer = sea.settle()
    decision = sea.decision("api")
    assert (decision.state, decision.ready) == ("ready", True), "as a failed build of a process leaves it"
    assert len(sea.rollout("api").pods) == 1
    view = sea.view("api")
    assert (view.tail, view.ready_replicas) == (("ERROR",), 1)
    assert view.stale == "its image is older than its sources: the RUN in line 7 failed"
    assert is_settled(answer)


def test_who_leans_on_a_service_is_not_disturbed_by_its_build():
    """While it is made, and when it failed, the older one serves."""
    sea = Sea(service("api", container=dockerfile()), service("web", "api"))
    sea.pass_time(1)
    assert sea.state("web") == "ready"
    states: list[bool] = []
    sea.stepped = lambda answer: states.append(answer.decisions["api"].ready)
    sea.failing["image:api"] = FAILED
    sea.save("image:api")
    sea.settle()
    assert all(states)
    sea.crash("web")
    sea.pass_time(2)
    assert sea.state("web") == "ready"


def test_a_failing_build_is_tried_again_only_after_a_change():
    """A save, another definition, or a restart by hand."""
    sea = built()
    sea.failing["image:api"] = FAILED
    sea.save("image:api")
    sea.pass_time(600)
    assert makes(sea) == ["image:api"]
    sea.turn("api")
    sea.settle()
    assert makes(sea) == ["image:api"]
    sea.failing.clear()
    sea.save("image:api")
    sea.settle()
    assert makes(sea) == ["image:api"]
    assert sea.state("api") == "ready"


def test_passing_trouble_is_tried_again_after_pauses_that_grow():
    """An engine that is not there may come; it is not waited for longer than eight seconds."""
    sea = Sea(service("api", container=dockerfile()))
    sea.failing["image:api"] = replace(FAILED, error="no engine answers", passing=True)
    sea.settle()
    assert makes(sea) == ["image:api"]
    for pause in (2, 4, 8, 8):
        assert sea.state("api") == "restarting"
        sea.pass_time(pause - 0.1)
        assert makes(sea) == []
        sea.pass_time(0.1)
        assert makes(sea) == ["image:api"]
    sea.failing.clear()
    sea.pass_time(8)
    assert sea.state("api") == "ready"


def test_each_try_counts_as_a_crash():
    """So a wait for what may never come gives up, as with a program that keeps ending."""
    sea = Sea(service("api", container=dockerfile()))
    sea.failing["image:api"] = replace(FAILED, error="no engine answers", passing=True)
    sea.settle()
    assert sea.view("api").crashes == 1
    sea.pass_time(7)
    assert sea.view("api").crashes == 3
    sea.failing.clear()
    sea.pass_time(8)
    assert sea.view("api").crashes == 0


def test_a_pause_collects_saves():
    """Nothing is made until it is over, or somebody asks for a restart; that news wait is told."""
    sea = built(paused=frozenset())
    sea.wish(paused=frozenset({"api"}))
    sea.save("image:api")
    sea.save("image:api")
    sea.settle()
    assert makes(sea) == []
    assert (sea.state("api"), sea.decision("api").stale) == ("ready", "paused: changes wait")
    sea.turn("api")
    sea.settle()
    assert makes(sea) == ["image:api"]
    sea.save("image:api")
    sea.settle()
    assert makes(sea) == []
    sea.wish(paused=frozenset())
    sea.settle()
    assert makes(sea) == ["image:api"]
    assert sea.decision("api").stale == ""


def test_a_pause_collects_after_a_failure_as_well():
    """The failure stays told."""
    sea = built()
    sea.failing["image:api"] = FAILED
    sea.save("image:api")
    sea.settle()
    sea.wish(paused=frozenset({"api"}))
    makes(sea)
    sea.save("image:api")
    sea.settle()
    assert makes(sea) == []
    assert sea.view("api").tail == ("ERROR",), "the failure stays told"


def test_a_build_that_goes_on_is_let_be_by_a_pause():
    """What is saved meanwhile waits."""
    sea = built()
    sea.save("image:api")
    job = sea.job(MakeImage)
    sea.put(job.key, Imaged(job.identity, digest="d", watch=(Files("/repo", ("**",)),), progress="RUN (3)"))
    sea.wish(paused=frozenset({"api"}))
    sea.save("image:api")
    assert sea.job(MakeImage).identity == job.identity
    assert sea.state("api") == "building"


def test_other_rules_for_files_in_pods_make_no_other_image():
    """They say how its pods are kept up to date, which is another matter."""
    sea = Sea(service("api", container=dockerfile(update=(SYNC,))))
    sea.settle()
    makes(sea)
    sea.did(Deploy)
    sea.declare(service("api", container=dockerfile(update=(SYNC, Sync("/repo/lib", "/lib")))))
    sea.settle()
    assert makes(sea) == []
    assert sea.did(Deploy) == []


def test_the_first_rule_for_files_in_pods_puts_the_helper_there():
    """And the last one that goes takes it away."""
    sea = Sea(service("api", container=dockerfile()))
    for update in ((SYNC,), ()):
        sea.settle()
        sea.did(Deploy)
        sea.declare(service("api", container=dockerfile(update=update)))
        sea.settle()
        assert sea.did(Deploy) == ["api"]


def concerned(sea: Sea, *paths: str) -> list[str]:
    """Return for each path whose rules cover it: ``live``, ``image``, ``both`` or ``-``."""
    rules = image_rules(sea.see, frozenset({"api"}))
    found = []
    for path in paths:
        live, made = (_covers(rules.get(name, ()), path) for name in ("live:image:api", "image:api"))
        found.append({(True, True): "both", (True, False): "live", (False, True): "image"}.get((live, made), "-"))
    return found


def _covers(rules: tuple[Files, ...], path: str) -> bool:
    for rule in rules:
        below = path.removeprefix(rule.base.rstrip("/") + "/")
        if below != path and glob(rule.patterns).covers(below) and not glob(rule.ignore).excludes(below):
            return True
    return False


def ruled(*update: Any, watch: tuple[Files, ...] = (Files("/repo", ("**",)),), image: Any = None) -> Sea:
    """Return a stack of which it is known what counts for its image."""
    made = image or Dockerfile("/repo/Dockerfile", "/repo", update=update)
    sea = Sea(service("api", container=Container(made)))
    sea.settle()
    known = sea.see.fact(("image", "image:api", 0), Imaged)
    assert known is not None
    recipe = Files("/repo", ("/Dockerfile",))
    sea.put(("image", "image:api", 0), replace(known, watch=(recipe, *watch)))
    return sea


def test_saves_of_files_in_pods_make_no_image():
    """And all others do; nobody is in between."""
    sea = ruled(SYNC)
    paths = ("/repo/src/a.py", "/repo/src/b/c.py", "/repo/srcs/a.py", "/repo/Dockerfile", "/repo/x.lock")
    assert concerned(sea, *paths) == ["live", "live", "image", "image", "image"]


def test_what_a_rule_ignores_is_the_image_s():
    """It is in the image, and nobody brings it to pods."""
    sea = ruled(Sync("/repo/src", "/app", ("*.lock", "/gen/", "a/b.txt")))
    paths = ("/repo/src/x.lock", "/repo/src/d/x.lock", "/repo/src/gen/x", "/repo/src/a/b.txt", "/repo/src/d/gen/x")
    assert concerned(sea, *paths) == ["image", "image", "image", "image", "live"]


def test_a_rule_for_the_whole_context_leaves_the_recipe_to_the_image():
    """Another Dockerfile is another image, wherever it lies."""
    sea = ruled(Sync("/repo", "/app"))
    assert concerned(sea, "/repo/Dockerfile", "/repo/a.py", "/repo/src/a.py") == ["both", "live", "live"]


def test_a_rule_above_what_counts_covers_it():
    """Files of an image that lie deeper than what is kept up to date are no less so."""
    sea = ruled(Sync("/repo", "/app"), watch=(Files("/repo/src", ("**",)),))
    assert concerned(sea, "/repo/src/a.py") == ["live"]


def test_files_that_always_need_another_image_are_no_exception_for_pods():
    """They get them at once, and another image after that."""
    sea = ruled(SYNC, FullBuild((Files("/repo/src", ("requirements.txt",)),)))
    assert concerned(sea, "/repo/src/requirements.txt", "/repo/src/a.py") == ["both", "live"]


def test_nothing_is_kept_up_to_date_in_containers_of_this_machine():
    """Their files come from the image, so that every save makes another one."""
    sea = ruled(SYNC)
    sea.move(api="docker")
    sea.pass_time(1)
    assert concerned(sea, "/repo/src/a.py") == ["image"]


def test_an_image_of_a_command_without_inputs_is_made_once():
    """Nothing says when it would be another one; it is not made again and again."""
    sea = Sea(service("api", container=Container(BuiltImage(Exec(("make",)), "/repo", ()))))
    sources = sea._image
    sea._image = lambda job: replace(sources(job), watch=())  # type: ignore[method-assign]
    sea.pass_time(60)
    assert makes(sea) == ["image:api"]
    assert sea.state("api") == "ready"


def test_what_is_watched_follows_what_counts_at_once():
    """Also in a plan that remembers: no save falls between a look at an image and its watch."""
    sea = built()
    known = sea.see.fact(("image", "image:api", 0), Imaged)
    assert known is not None
    sea.put(("image", "image:api", 0), replace(known, watch=(Files("/repo/other", ("**",)),)))
    job = next(job for job in sea.plan().jobs.values() if isinstance(job, WatchFiles))
    assert job.rules["image:api"] == (Files("/repo/other", ("**",)),)


def test_saves_of_pods_are_counted_apart():
    """One for files in pods raises nothing of the image."""
    sea = Sea(service("api", container=dockerfile(update=(SYNC,))))
    sea.settle()
    makes(sea)
    sea.save("live:image:api")
    sea.settle()
    assert makes(sea) == []
    assert sea.see.fact(("changed", "live:image:api", 0), Changed) is not None
