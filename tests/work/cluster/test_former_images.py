"""An image of an earlier house is gone on with, where only files differ that its pods get anyway."""

from typing import Any

from harbour import Harbour, in_harbour, last, pass_time

from homeport.model.cluster_jobs import MakeImage
from homeport.model.containers import Dockerfile, FullBuild, Sync
from homeport.model.parts import Files
from homeport.model.shipped import Imaged
from homeport.ports.fakes.builder import FakeBuilder
from homeport.work.cluster.formerly import kept_apart
from homeport.work.cluster.imaging import make_image

LIVE = Dockerfile("/repo/Dockerfile", "/repo", update=(Sync("/repo/src", "/app/src"),))


class Dock:
    """A harbour whose image has a file that is kept up to date in pods."""

    def __init__(self) -> None:
        self.shop = Harbour()
        builder = self.shop.outside.builder
        assert isinstance(builder, FakeBuilder)
        self.builder = builder
        self.save("1")

    def save(self, text: str) -> None:
        """Save the file: without a rule another image would have to be made."""
        self.builder.synced["/repo"] = text
        self.shop.trees.files["/repo/src/a.py"] = text.encode()

    def make(self, image: Dockerfile = LIVE, **more: Any) -> Imaged:
        """Make the image as another house would: without what the last one had in memory."""
        self.shop.outside.cloud.baselines.clear()

        async def story() -> None:
            await make_image(
                MakeImage(("image", "image:api", 0), "id-1", "image:api", image, "demo", "api", **more),
                self.shop.outside,
                self.shop,
            )
            await pass_time(0)

        in_harbour(self.shop, story)
        found = last(self.shop.of("image"))
        assert isinstance(found, Imaged)
        return found


def test_saves_that_pods_got_make_no_other_image():
    """The former image and what it holds are known, so pods of it have a difference to what is saved now."""
    dock = Dock()
    first = dock.make()
    before = dict(dock.shop.outside.cloud.baselines[first.name])
    dock.save("2")
    assert dock.make().name == first.name
    assert len(dock.builder.built) == 1
    assert dock.shop.outside.cloud.baselines[first.name] == before


def test_anything_else_makes_another_image():
    """A save that no rule covers."""
    dock = Dock()
    first = dock.make()
    dock.builder.contents["/repo"] = "another Dockerfile"
    assert dock.make().name != first.name


def test_a_former_image_that_is_gone_is_made_from_what_there_is_now():
    """Its registry was emptied."""
    dock = Dock()
    first = dock.make()
    dock.save("2")
    dock.builder.there.clear()
    assert dock.make().name != first.name


def test_who_asks_for_another_one_gets_it():
    """A restart by hand is a wish for what the sources are now."""
    dock = Dock()
    first = dock.make()
    dock.save("2")
    assert dock.make(anew=True).name != first.name


def test_without_rules_every_save_counts():
    """There is nothing that pods would get."""
    dock = Dock()
    plain = Dockerfile("/repo/Dockerfile", "/repo")
    first = dock.make(plain)
    dock.save("2")
    assert dock.make(plain).name != first.name


def test_what_is_apart_is_what_the_rules_say():
    """Ignored files and those that force a build belong to the image."""
    rules = (Sync("/repo/src", "/app", ("*.md",)), FullBuild((Files("/repo", ("src/setup.py",)),)))
    apart = kept_apart(Dockerfile("/repo/Dockerfile", "/repo", update=rules))
    paths = ("/repo/src/a.py", "/repo/src/notes.md", "/repo/src/setup.py", "/repo/other.py")
    assert [apart(path) for path in paths] == [True, False, False, False]
