"""Images: read first, made where nobody has them, and failures that say what to do and whether to try again."""

from collections.abc import Callable
from typing import Any

from harbour import Harbour, in_harbour, last, pass_time, quiet

from homeport.model.cluster_jobs import MakeImage
from homeport.model.containers import BuiltImage, Dockerfile, Image, Sync
from homeport.model.errors import ConfigError, Mistake
from homeport.model.nodes import Secret, Source
from homeport.model.parts import Exec, Files, Where
from homeport.model.shipped import Imaged
from homeport.model.values import Ref, Text
from homeport.ports.builder import Inputs, Recipe
from homeport.ports.fakes.builder import FakeBuilder, Making
from homeport.work.cluster.imaging import make_image

FILE = Dockerfile("/repo/Dockerfile", "/repo")
KEY = Secret("key", Where("stack.py", 1), {"value": Source(environ="KEY")})


def builder(shop: Harbour) -> FakeBuilder:
    """Return the builder of a harbour."""
    found = shop.outside.builder
    assert isinstance(found, FakeBuilder)
    return found


def job(image: Image = FILE, *, way: int = 0, **more: Any) -> MakeImage:
    """Return the job that makes the image of ``api``."""
    return MakeImage(("image", "image:api", way), "id-1", "image:api", image, "demo", "api", **more)


def told(shop: Harbour) -> Imaged:
    """Return what was told last."""
    found = last(shop.of("image"))
    assert isinstance(found, Imaged)
    return found


def made(shop: Harbour, *jobs: MakeImage) -> Imaged:
    """Carry out jobs, one after the other, and return what was told last."""

    async def story() -> None:
        for each in jobs:
            await make_image(each, shop.outside, shop)
            await pass_time(0)

    in_harbour(shop, story)
    return told(shop)


def test_what_counts_is_read_before_anything_is_made():
    """So that it is watched before it is used, and no save is missed."""
    shop = Harbour()
    found = made(shop, job(reads=True))
    assert builder(shop).built == []
    assert (found.name, found.error) == ("", "")
    assert found.digest


def test_an_image_that_nobody_has_is_made_and_brought():
    """It is told by the name that the cluster knows it by."""
    shop = Harbour()
    found = made(shop, job())
    assert builder(shop).built == [f"localhost:5000/demo/api:hp-{found.digest}"]
    assert found.name == f"registry:5000/demo/api:hp-{found.digest}"
    assert found.progress == ""


def test_an_image_that_is_there_is_not_made_again():
    """Two jobs, one image."""
    shop = Harbour()
    first = made(shop, job(), job())
    assert len(builder(shop).built) == 1
    assert told(shop).name == first.name


def test_for_containers_of_this_machine_the_engine_has_it():
    """No cluster is waited for."""
    shop = Harbour()
    found = made(shop, job(way=1))
    assert found.name.startswith("localhost/demo/api:hp-")
    assert builder(shop).there == set()


def test_a_failing_build_says_the_line_and_its_last_words_and_is_not_tried_again():
    """Only another save may help."""
    shop = Harbour()
    builder(shop).makings["/repo/Dockerfile"] = Making(
        fails="the RUN in line 7 failed", line=7, says=("no such package", "ERROR")
    )
    found = made(shop, job())
    assert (found.name, found.passing) == ("", False)
    assert "line 7" in found.error
    assert found.tail == ("no such package", "ERROR")
    assert found.hint == "mend it"


def test_what_others_did_not_do_may_pass():
    """An engine that is not there, a registry that does not answer: it is tried again."""
    shop = Harbour()
    builder(shop).gone = True
    found = made(shop, job())
    assert (found.error, found.hint, found.passing) == ("no container engine answers", "start it", True)
    builder(shop).gone = False
    builder(shop).down.add("localhost:5000")
    assert made(harbour_with(builder(shop)), job()).passing


def harbour_with(made: FakeBuilder) -> Harbour:
    """Return a harbour with a builder that is there already."""
    shop = Harbour()
    builder(shop).__dict__.update(made.__dict__)
    return shop


class UnreadableBuilder(FakeBuilder):
    """Dockerfiles are wrong."""

    def inputs(self, recipe: Recipe, apart: Callable[[str], bool] = bool) -> Inputs:
        """Say where."""
        raise ConfigError([Mistake("unknown instruction: RUNN", "/repo/Dockerfile", 3, hint="RUN?")])


def test_a_dockerfile_that_cannot_be_read_is_told_with_its_line():
    """It is not tried again, and nobody claims to know which files count."""
    shop = Harbour()
    builder(shop).__class__ = UnreadableBuilder
    found = made(shop, job(reads=True))
    assert found.error == "/repo/Dockerfile:3: unknown instruction: RUNN"
    assert (found.hint, found.passing, found.digest) == ("RUN?", False, "")


def test_a_base_that_is_not_made_yet_is_named():
    """Nothing is made meanwhile."""
    shop = Harbour()
    builder(shop).bases["/repo/Dockerfile"] = ("base:dev", "python:3.12")
    found = made(shop, job(bases={"base:dev": "", "other:dev": ""}))
    assert (found.bases, found.name) == (("base:dev",), "")
    assert builder(shop).built == []


def test_another_base_makes_another_image():
    """The one that a Dockerfile of ours begins from counts by its own name."""
    shop = Harbour()
    builder(shop).bases["/repo/Dockerfile"] = ("base:dev",)
    made(shop, job(bases={"base:dev": "r/base:hp-1"}), job(bases={"base:dev": "r/base:hp-2"}))
    assert len(builder(shop).built) == 2


def test_the_files_of_pods_are_known_as_they_were_before():
    """What is saved while an image is made differs from it, and is brought to its pods."""
    shop = Harbour()
    image = Dockerfile("/repo/Dockerfile", "/repo", update=(Sync("/repo/src", "/app"),))
    shop.trees.files["/repo/src/a.py"] = b"1"
    builder(shop).makings["/repo/Dockerfile"] = Making(takes=5)

    async def story() -> None:
        async with shop.beside(make_image(job(image), shop.outside, shop)):
            await pass_time(1)
            shop.trees.files["/repo/src/b.py"] = b"1"
            await pass_time(10)

    in_harbour(shop, story)
    assert list(shop.outside.cloud.baselines[told(shop).name]) == ["/app/a.py"]


def test_images_that_nobody_runs_are_forgotten():
    """A house that lives for weeks makes many: the last ones of each name are remembered, and what pods are of."""
    shop = Harbour()
    cloud = shop.outside.cloud

    async def story() -> None:
        shop.make("Pod", "old", spec={"containers": [{"name": "api", "image": "r:5000/api:1"}]})
        await quiet()
        for name in ("r:5000/api:1", "r:5000/web:1", "r:5000/api:2", "r:5000/api:3", "r:5000/api:4", "r:5000/api:3"):
            cloud.made(name, {})
        assert list(cloud.baselines) == ["r:5000/api:1", "r:5000/web:1", "r:5000/api:4", "r:5000/api:3"]

    in_harbour(shop, story)


def test_a_build_that_is_called_off_tells_no_name_and_no_error():
    """Whoever called it off has another job for it."""
    shop = Harbour()
    builder(shop).makings["/repo/Dockerfile"] = Making(takes=5)

    async def story() -> None:
        async with shop.beside(make_image(job(), shop.outside, shop)):
            await pass_time(1)
            assert told(shop).progress.startswith("make localhost:5000/demo/api")

    in_harbour(shop, story)
    assert (told(shop).name, told(shop).error, told(shop).progress) == ("", "", "")


def test_values_reach_the_command_that_makes_an_image():
    """Secrets among them, at the moment of use."""
    shop = Harbour()
    shop.vault.load(KEY, "1")
    image = BuiltImage(
        Exec(("make", "image")), "/repo", (Files("/repo", ("**",)),), {"TOKEN": Text((Ref("key", "value"),))}
    )
    found = made(shop, job(image))
    assert found.name
    assert found.watch == (Files("/repo", ("**",)),)
    assert "s3cr3t" not in str(shop.facts)
