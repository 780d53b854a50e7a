"""The worker that watches: bursts are numbered, rules change without loss, and a broken watch is made up for."""

from workshop import Workshop, in_workshop

from homeport.aio.latest import Latest
from homeport.model.errors import OutsideError
from homeport.model.facts import Blind, Changed, Watching
from homeport.model.parts import Files
from homeport.model.plan import WatchFiles
from homeport.work.watching import LOST, RETRY, watch_files

API = {"api": (Files("/repo", ("/api/*",)),)}
WEB = {"web": (Files("/repo", ("/web/*",)),)}


def job(version: str, rules: dict) -> WatchFiles:
    """Return the watching job."""
    return WatchFiles(("watch", "", 0), "watch", version, rules, ("/repo/stack.py",))


def changes(shop: Workshop) -> list[tuple[str, int]]:
    """Return who was told of which burst."""
    return [(key[1], fact.seq) for _, key, fact in shop.facts if isinstance(fact, Changed)]


def watched(shop: Workshop) -> list[Watching]:
    """Return the reports about the watch itself."""
    return [fact for _, fact in shop.of("watch") if isinstance(fact, Watching)]


def test_bursts_are_numbered_and_told_to_whom_they_concern():
    """Each settled burst has the next number, for everyone whose rules match; the stack file is nobody's."""
    shop, latest = Workshop(), Latest(job("1", {**API, **WEB}))
    in_workshop(
        shop,
        watch_files(latest, shop.outside, shop),
        (1, lambda: shop.watcher.save("/repo/api/a.py", "/repo/web/b.py")),
        (2, lambda: shop.watcher.save("/repo/api/a.py")),
        (3, lambda: shop.watcher.save("/repo/stack.py")),
        (4, lambda: shop.watcher.save("/repo/other.txt")),
        cancel=[5],
    )
    assert changes(shop) == [("api", 1), ("web", 1), ("api", 2), ("", 3)]
    assert watched(shop)[0].ready


def test_other_rules_are_watched_without_a_gap():
    """A save in the very instant in which the rules change is told, whichever watch saw it."""
    for at in (0.99, 1.0, 1.01, 1.04, 1.06, 1.2):
        shop, latest = Workshop(), Latest(job("1", API))
        in_workshop(
            shop,
            watch_files(latest, shop.outside, shop),
            (1, lambda latest=latest: latest.set(job("2", {**API, **WEB}))),
            (at, lambda shop=shop: shop.watcher.save("/repo/api/a.py")),
            (2, lambda shop=shop: shop.watcher.save("/repo/web/a.py")),
            cancel=[5],
        )
        assert [fact.identity for fact in watched(shop)] == ["1", "2"]
        assert changes(shop)[0] == ("api", 1)
        assert changes(shop)[-1][0] == "web"
        assert len({seq for _, seq in changes(shop)}) == len(changes(shop))


def test_a_watch_that_cannot_be_placed_is_tried_again():
    """A refusal is told with what to do; once the watch is placed, whoever was not watched counts as changed."""
    shop, latest = Workshop(), Latest(job("1", API))
    shop.watcher.refusal = OutsideError("too many watches", hint="raise the limit")

    def allow() -> None:
        shop.watcher.refusal = None

    in_workshop(shop, watch_files(latest, shop.outside, shop), (1, allow), cancel=[RETRY + 1])
    assert [(fact.ready, fact.error, fact.hint) for fact in watched(shop)] == [
        (False, "too many watches", "raise the limit"),
        (True, None, None),
    ]
    assert sorted(changes(shop)) == [("", 1), ("api", 1)]


def test_rules_that_find_no_room_beside_the_old_watch_are_tried_alone():
    """Two watches at once may be more than the system gives: without the old one the new is tried again at once."""
    shop, latest = Workshop(), Latest(job("1", API))
    shop.watcher.most = 1
    in_workshop(
        shop,
        watch_files(latest, shop.outside, shop),
        (1, lambda: latest.set(job("2", {**API, **WEB}))),
        (1.5, lambda: shop.watcher.save("/repo/web/a.py")),
        cancel=[2],
    )
    assert [(fact.identity, fact.ready) for fact in watched(shop)] == [("1", True), ("2", False), ("2", True)]
    assert changes(shop)[-1][0] == "web"


def test_only_who_is_not_seen_is_told_of_it_and_made_up_for():
    """A rule without room has its own error while the others' saves are told; once it has room, it alone may have changed."""
    shop, latest = Workshop(), Latest(job("1", {**API, **WEB}))
    shop.watcher.crowd("web")
    in_workshop(
        shop,
        watch_files(latest, shop.outside, shop),
        (1, lambda: shop.watcher.save("/repo/api/a.py", "/repo/web/b.py")),
        (2, lambda: shop.watcher.save("/repo/stack.py")),
        (3, shop.watcher.crowd),
        (4, lambda: shop.watcher.save("/repo/web/b.py")),
        cancel=[5],
    )
    told = {"web": Blind("too few watches", "raise")}
    assert [(fact.ready, fact.error, fact.unseen) for fact in watched(shop)] == [(True, None, told), (True, None, {})]
    assert changes(shop) == [("api", 1), ("", 2), ("web", 3), ("web", 4)]


def test_who_lost_room_meanwhile_is_made_up_for_when_it_is_found():
    """Saves between the end of the old watch and the day on which the new one sees them are made up for."""
    shop, latest = Workshop(), Latest(job("1", API))

    def crowd_and_change() -> None:
        shop.watcher.crowd("api")
        latest.set(job("2", {**API, **WEB}))

    in_workshop(
        shop,
        watch_files(latest, shop.outside, shop),
        (1, crowd_and_change),
        (2, lambda: shop.watcher.save("/repo/api/a.py")),
        (3, shop.watcher.crowd),
        cancel=[4],
    )
    assert changes(shop) == [("api", 1)]
    assert [sorted(fact.unseen) for fact in watched(shop)] == [[], ["api"], ["api"], []]


def test_a_lost_watch_is_made_up_for():
    """When events were lost every rule may have changed."""
    shop, latest = Workshop(), Latest(job("1", {**API, **WEB}))
    in_workshop(shop, watch_files(latest, shop.outside, shop), (1, shop.watcher.lose), cancel=[2])
    assert sorted(changes(shop)) == [("", 1), ("api", 1), ("web", 1)]
    assert {fact.lost for _, _, fact in shop.facts if isinstance(fact, Changed)} == {LOST}
