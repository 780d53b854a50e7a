"""Words for addresses worth showing to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.config.words import expect
from homeport.config.words.mistakes import note, wrong_type
from homeport.config.words.references import Reference, is_plain, token
from homeport.config.words.values import emit, need_plain


class Link:
    """An address worth showing, made by ``link()``."""

    __slots__ = ("_port", "_title", "_url")

    def __init__(self, title: str, url: object, port: str | None) -> None:
        self._title, self._url, self._port = title, url, port


def link(title: str, url: str = "/", *, port: str | None = None) -> Link:
    """Describes a link with more than its path.

    Args:
        title: What the link is called.
        url: A path on the service itself, beginning with a slash, or a whole address.
        port: The name of the port that the path belongs to; the first one when left out.
    """
    if port is not None:
        need_plain(port, "port", "the name of a port")
    return Link(need_plain(title, "title"), url, port)


def emit_links(given: object) -> list[dict[str, Any]]:
    """Return the data of ``links=``: a dictionary of titles and paths, or a list of ``link()``."""
    links: list[object]
    if isinstance(given, Mapping):
        links = [Link(str(title), url, None) for title, url in given.items()]
    else:
        links = expect.items(given, "links", "link(…), or a dictionary of titles and paths", (Link,))
    found = []
    for each in links:
        if not isinstance(each, Link):
            wrong_type("links", "a dictionary of titles and paths, or link(…)", each)
        else:
            found.append({"title": each._title, "url": _url(each)})
    return found


def _url(link: Link) -> Any:
    url = link._url
    if not isinstance(url, str):
        wrong_type("links", 'a path such as "/ui" or a whole address', url)
        return ""
    if isinstance(url, Reference) or not url.startswith("/"):
        if is_plain(url) and "://" not in url:
            note(f'links= has "{url}", which is no address', hint=f'write "/{url}" for a path', argument="links")
        return emit(url, "links")
    own = token("", "host") + ":" + token("", f"port:{link._port or ''}")
    return emit(f"http://{own}{url}", "links")
