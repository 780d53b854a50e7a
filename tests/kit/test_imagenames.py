"""Names of images."""

import pytest

from homeport.kit.imagenames import parsed


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("busybox", "docker.io/library/busybox:latest"),
        ("busybox:1", "docker.io/library/busybox:1"),
        ("shop/api", "docker.io/shop/api:latest"),
        ("index.docker.io/busybox", "docker.io/library/busybox:latest"),
        ("localhost/api:2", "localhost/api:2"),
        ("localhost:5005/shop/api", "localhost:5005/shop/api:latest"),
        ("ghcr.io/a/b/c:v1@sha256:ab", "ghcr.io/a/b/c@sha256:ab"),
    ],
)
def test_short_names_are_completed_as_engines_do_it(name: str, whole: str) -> None:
    """What is left out of a name has its usual meaning."""
    assert str(parsed(name)) == whole
