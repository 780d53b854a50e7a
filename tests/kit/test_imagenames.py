"""Names of images."""

import pytest

from homeport.kit.imagenames import is_name, is_registry, parsed


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


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("postgres:16", True),
        ("localhost:5005/shop/a__b-c.d:V1.0_x@sha256:" + "0" * 64, True),
        ("", False),
        ("a b", False),
        ("Api", False),
        ("api:", False),
        ("a//b", False),
        ("https://ghcr.io/a", False),
        ("a@sha256:12", False),
    ],
)
def test_a_name_is_one_where_registries_let_it_be(name: str, fits: bool) -> None:
    """What no engine would take is no name."""
    assert is_name(name) is fits


@pytest.mark.parametrize(
    ("text", "fits"),
    [("localhost:5005", True), ("ghcr.io/team/shop", True), ("", False), ("ghcr.io/Team", False), ("a/", False)],
)
def test_a_registry_is_a_host_and_folders(text: str, fits: bool) -> None:
    """What images are pushed to has no scheme and no empty folder."""
    assert is_registry(text) is fits
