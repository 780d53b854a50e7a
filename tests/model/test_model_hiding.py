"""What is secret about a stack besides its secrets and ``.env`` files."""

import pytest

from homeport.model.errors import RefusedError
from homeport.model.hiding import SHELL, Hiding, hidden_in, mask_of, refuse_untold
from homeport.model.nodes import Option, Service
from homeport.model.parts import HttpProbe, Shell, Where
from homeport.model.values import Ref, Text

AT = Where("stack.py", 1)


def test_names_and_urls_tell() -> None:
    """Options, literals in settings and headers, and the shell: each with its place and reason; all else is not secret."""
    api = Service(
        "api",
        AT,
        Shell("run"),
        "/",
        env={
            "LEVEL": "info",
            "API_KEY": "a-key",
            "EMPTY_TOKEN": "",
            "A": "http://u:a-password@h",
            "B": Text(("http://u:b-password@", Ref("db", "host"))),
            "C_TOKEN": Text(("x", Ref("db", "value"))),
        },
        ready=HttpProbe("/", headers={"Authorization": "Bearer x", "Accept": "*/*"}),
    )
    nodes = (Option("api-token", AT, default="standard"), Option("level", AT, default="info"), api)
    shell = {"GITHUB_TOKEN": "of-the-shell", "HOME": "/root", "NO_TOKEN": ""}
    assert list(hidden_in(nodes, {"api-token": "given"}, shell)) == [
        Hiding("api-token", "value", "its name", "given"),
        Hiding("api-token", "value", "its name", "standard"),
        Hiding("api", "API_KEY", "its name", "a-key"),
        Hiding("api", "A", "a password in a URL", "http://u:a-password@h"),
        Hiding("api", "B", "a password in a URL", "http://u:b-password@"),
        Hiding("api", "Authorization", "its name", "Bearer x"),
        Hiding(SHELL, "GITHUB_TOKEN", "its name", "of-the-shell"),
    ]


def test_an_option_that_takes_a_secret_says_so_by_its_name() -> None:
    """A known secret is refused in any other option, in whatever form, since its value would be remembered as it is."""
    mask = mask_of([Hiding("shell", "A_TOKEN", "its name", "canary-4711")]).text
    refuse_untold({"api-token": "canary-4711", "level": "info"}, mask)
    with pytest.raises(RefusedError, match='the option "header" has a secret in it'):
        refuse_untold({"header": "Bearer canary-4711"}, mask)
