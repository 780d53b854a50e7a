"""What people type to mean one place to go inside."""

from pathlib import Path

import pytest

from homeport.cli.inside.carrying import Way, way
from homeport.cli.inside.naming import Meant, chosen, meant
from homeport.model.errors import RefusedError
from homeport.model.whereabouts import PodAt

PODS = (PodAt("api-7f-aaa", ready=False), PodAt("api-7f-bbb"), PodAt("api-7f-ccc"))


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("api", Meant("api")),
        ("api.2", Meant("api", 2)),
        ("api/api-7f-bbb", Meant("api", pod="api-7f-bbb")),
        ("v1.x", Meant("v1.x")),
        ("api.0", Meant("api.0")),
    ],
)
def test_a_word_means_a_service_a_replica_or_a_pod(word: str, found: Meant) -> None:
    """Replicas are counted from 1, as in logs."""
    assert meant(word) == found


def test_a_service_alone_means_a_pod_that_is_ready() -> None:
    """Else the first there is: who looks for the reason of a trouble goes there."""
    assert chosen(Meant("api"), PODS).name == "api-7f-bbb"
    assert chosen(Meant("api"), PODS[:1]).name == "api-7f-aaa"


def test_replicas_and_pods_are_meant_by_number_and_name() -> None:
    """The number counts from the oldest; the end of a pod's name is enough when it is one pod's."""
    assert chosen(Meant("api", 3), PODS).name == "api-7f-ccc"
    assert chosen(Meant("api", pod="aaa"), PODS).name == "api-7f-aaa"
    assert chosen(Meant("api", pod="api-7f-ccc"), PODS).name == "api-7f-ccc"


@pytest.mark.parametrize("wanted", [Meant("api", 4), Meant("api", pod="zzz"), Meant("api", pod="f-ccc")])
def test_what_is_not_there_is_refused(wanted: Meant) -> None:
    """With what there is."""
    with pytest.raises(RefusedError) as refused:
        chosen(wanted, PODS)
    assert "it has" in str(refused.value.hint)
    with pytest.raises(RefusedError, match="has no pods"):
        chosen(wanted, ())


def test_one_side_of_a_copy_is_a_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What begins like a path, or exists here, is of this machine; pods have a slash in their names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a:b").write_text("")
    assert way("api:/etc/x", ".") == Way("api", "/etc/x", tmp_path, inwards=False)
    assert way("a:b", "api/pod-1:tmp/") == Way("api/pod-1", "tmp/", tmp_path / "a:b", inwards=True)
    assert way("./a:b", "api:") == Way("api", ".", tmp_path / "a:b", inwards=True)


@pytest.mark.parametrize(
    ("source", "target"), [("a", "b"), ("api:/x", "db:/y"), ("./api:x", "/tmp/db:y"), ("gone", "api:x")]
)
def test_a_copy_without_exactly_one_service_is_refused(source: str, target: str) -> None:
    """The refusal shows both ways, or names what does not exist."""
    with pytest.raises(RefusedError):
        way(source, target)
