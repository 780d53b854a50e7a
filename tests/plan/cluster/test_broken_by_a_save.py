"""A save may break the program in a pod."""

from msgspec.structs import replace
from sea import SYNC, Sea, dockerfile
from stage import service

from homeport.model.shipped import Updated


def test_a_program_that_a_save_broke_is_told_until_it_runs_again() -> None:
    """The cluster sees at most a pod that is not ready; the helper says how its command ended."""
    sea = Sea(service("api", container=dockerfile(update=(SYNC,))))
    sea.settle()
    known = sea.see.fact(("live-update", "api", 0), Updated)
    assert known is not None
    sea.put(("live-update", "api", 0), replace(known, ended="its command ended with exit code 1"))
    decision = sea.plan().decisions["api"]
    assert decision.state == "restarting"
    assert "its command ended with exit code 1" in decision.detail
    sea.put(("live-update", "api", 0), known)
    assert sea.plan().decisions["api"].state == "ready"
