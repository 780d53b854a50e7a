"""Sentences about the house itself, which every screen shows."""

from collections.abc import Callable, Iterable


class Notices:
    """Collects sentences; each new one is news for whoever listens. May be told from any thread."""

    def __init__(self, first: Iterable[str] = ()) -> None:
        self._told: dict[str, str] = {f"first {at}": text for at, text in enumerate(first)}
        self._count = len(self._told)
        self._news: Callable[[], object] | None = None

    def say(self, text: str, about: str = "") -> None:
        """Tell something; it takes the place of what was last told ``about`` the same thing."""
        self._count += 1
        key = f"about {about}" if about else f"{self._count}"
        self._told = {**{known: old for known, old in self._told.items() if known != key}, key: text}
        if self._news is not None:
            self._news()

    def say_once(self, text: str) -> None:
        """Tell something that may happen again and again, which would be no news."""
        if text not in self._told.values():
            self.say(text)

    def listen(self, news: Callable[[], object]) -> None:
        """Call ``news`` after each new sentence, in the thread that told it."""
        self._news = news

    def all(self) -> tuple[str, ...]:
        """Return everything that was told."""
        return tuple(self._told.values())
