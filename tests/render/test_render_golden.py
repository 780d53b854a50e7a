"""Each kind of object as it is printed. ``HOMEPORT_GOLDEN=1`` writes the pictures anew."""

import os
from pathlib import Path

import pytest
from shop import SECRETS, SHOP, graph, site

from homeport.render.emit import documents
from homeport.render.render import render

GOLDEN = Path(__file__).parent / "golden"
KINDS = ("Namespace", "ServiceAccount", "ConfigMap", "Secret", "PersistentVolumeClaim", "Service", "Job", "StatefulSet",
         "Deployment")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_objects_are_as_pictured(kind: str) -> None:
    """Objects of each kind are what the golden file shows, with secret values left out."""
    of = graph(*SHOP)
    compare(kind.lower(), documents(each for each in render(of, site(of)) if each["kind"] == kind))


def test_secrets_are_as_pictured_when_shown() -> None:
    """Secret values are in Secrets, and their digests are made with a key."""
    of = graph(*SHOP)
    made = render(of, site(of, secrets=SECRETS, key=b"key"))
    compare("secret-shown", documents(each for each in made if each["kind"] == "Secret"))


def test_no_kind_is_without_a_picture() -> None:
    """The golden stack has every kind that there is, and no other."""
    of = graph(*SHOP)
    assert {each["kind"] for each in render(of, site(of))} == set(KINDS)


def compare(name: str, text: str) -> None:
    """Compare with the golden file."""
    path = GOLDEN / f"{name}.yaml"
    if os.environ.get("HOMEPORT_GOLDEN") == "1":
        path.write_text(text)
    assert text == path.read_text()
