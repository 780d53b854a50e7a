"""Names of logs."""

import pytest

from homeport.model.lines import container_of, is_meant, service_of

LOGS = ("chat", "chat.2", "chat.x7k2p", "chat/proxy", "chat.x7k2p/proxy")


def test_every_log_is_of_one_service() -> None:
    """Replicas, pods and sidecars write logs of their own, and all of them are the service's."""
    assert {service_of(log) for log in LOGS} == {"chat"}
    assert [container_of(log) for log in LOGS] == ["chat", "chat", "chat", "proxy", "proxy"]


@pytest.mark.parametrize(
    ("name", "logs"),
    [
        ("chat", LOGS),
        ("chat.2", ("chat.2",)),
        ("chat.x7k2p", ("chat.x7k2p", "chat.x7k2p/proxy")),
        ("chat/proxy", ("chat/proxy", "chat.x7k2p/proxy")),
        ("chat.x7k2p/proxy", ("chat.x7k2p/proxy",)),
        ("chat/chat", ("chat", "chat.2", "chat.x7k2p")),
        ("cha", ()),
    ],
)
def test_a_name_means_what_it_stands_for(name: str, logs: tuple[str, ...]) -> None:
    """A service means all of it, a replica all its containers, and a container that one in every replica."""
    assert tuple(log for log in LOGS if is_meant(log, [name])) == logs
