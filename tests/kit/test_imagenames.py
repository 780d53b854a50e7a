"""Names of images, and which images are built first."""

import pytest

from homeport.kit.imagenames import build_order, image_name, parsed


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


def test_our_names_are_valid_and_nobody_elses() -> None:
    """Any stack and service has a name that engines take; without a registry no stranger's registry is asked."""
    assert image_name("localhost:5005", "My Shop", "api_v2", "0123") == "localhost:5005/my-shop/api-v2:hp-0123"
    assert image_name(None, "shop", "api", "0123") == "homeport.invalid/shop/api:hp-0123"


def test_bases_are_built_before_dependents() -> None:
    """An image whose name another one begins from comes first, however the name is written."""
    order, needs = build_order(
        {
            "api": (("shop/api",), ("docker.io/shop/base:latest", "busybox")),
            "base": (("shop/base",), ("busybox",)),
            "job": ((), ("shop/api",)),
        }
    )
    assert order == ["base", "api", "job"]
    assert needs["api"] == ["base"]


def test_images_that_begin_from_each_other_are_refused() -> None:
    """A circle is told as a road."""
    with pytest.raises(ValueError, match="a → b → a"):
        build_order({"a": (("x/a",), ("x/b",)), "b": (("x/b",), ("x/a",))})
