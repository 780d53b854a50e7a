"""The window on a house: frames tell what changed, and nothing that is not known is promised."""

import pytest
from clockwork import Clockwork, graph, service
from msgspec.structs import replace

from homeport.aio.virtual import run_virtually
from homeport.model.errors import OutsideError, RefusedError
from homeport.model.parts import Port
from homeport.session.feed import HouseFeed


def test_a_node_that_came_back_is_not_told_as_removed() -> None:
    """Who slept through a removal and a return sees the node, and nothing about its removal."""
    house = Clockwork(service("api"), service("page"))

    async def story(feed: HouseFeed) -> None:
        seen = (await feed.after(0)).revision
        for nodes in ((service("api"),), (service("api"), service("page"))):
            house.store.declare(graph(*nodes))
            await feed.after(house.store.revision - 1)
        frame = feed.frame(seen)
        assert "page" in [node.name for node in frame.nodes]
        assert frame.removed == ()

    house.live(story)


def test_the_environment_waits_for_the_ports() -> None:
    """Before its ports are leased, the environment of a service is refused with the reason."""
    house = Clockwork(service("api", Port("http", 8000)))

    async def asks() -> None:
        with pytest.raises(RefusedError, match="waiting for its ports"):
            await house.feed.environment("api")

    run_virtually(asks())


def test_what_is_only_an_image_has_no_environment() -> None:
    """``exec`` on what has no program here is refused with the reason."""
    house = Clockwork(replace(service("api"), run=None))

    async def asks() -> None:
        with pytest.raises(RefusedError, match="only an image"):
            await house.feed.environment("api")

    run_virtually(asks())


def test_the_environment_has_the_leased_port() -> None:
    """What ``exec`` starts gets the address that the service itself has."""
    house = Clockwork(service("api", Port("http", 8000)))

    async def story(feed: HouseFeed) -> None:
        frame = await feed.after(0)
        while not any(node.ports for node in frame.nodes):
            frame = await feed.after(frame.revision)
        env, folder = await feed.environment("api")
        assert (env["PORT"], folder) == ("8000", "/repo")

    house.live(story)


def test_a_wish_that_cannot_be_remembered_is_done_and_told() -> None:
    """A full disk keeps nobody from switching a service off, but who did is told what the next start will not know."""
    house = Clockwork(service("api"))
    house.memory.refusal = OutsideError("the disk is full", hint="make room")

    async def story(feed: HouseFeed) -> None:
        with pytest.raises(OutsideError, match="it is done, but the next start will not remember it: the disk is full"):
            feed.wish(lambda wishes: replace(wishes, enabled={"api": False}))
        frame = await feed.after(0)
        while not any(node.state == "disabled" for node in frame.nodes):
            frame = await feed.after(frame.revision)

    house.live(story)
