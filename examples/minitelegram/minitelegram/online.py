"""Who is online, in Redis.

Three sorted sets hold an instant per user: came or stayed, went, has read. Only a later instant replaces an earlier
one, so batches may arrive in any order and twice.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from redis.asyncio import Redis

from minitelegram.wire import Presence, now

CAME, WENT, SEEN = "presence:came", "presence:went", "presence:seen"

FRESH = 60.0
"""Seconds after which a user of whom no gateway speaks any more (it was killed) counts as offline."""


class Seen(Struct, frozen=True):
    """What is known of one user; `last_read` is the instant of the latest read receipt."""

    online: bool
    last_read: datetime | None


class Online:
    """The presence of all users."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def record(self, changes: Iterable[Presence]) -> None:
        """Records who came, stayed or went."""
        for change in changes:
            await self._later(CAME if change.online else WENT, {change.user: change.at})

    async def seen(self, readers: dict[str, datetime]) -> None:
        """Records who has read something, and when."""
        await self._later(SEEN, readers)

    async def of(self, user: str) -> Seen:
        """Says whether `user` is online now."""
        came, went, seen = [await self._redis.zscore(key, user) for key in (CAME, WENT, SEEN)]
        online = came is not None and came > max(went or 0.0, now().timestamp() - FRESH)
        return Seen(online, datetime.fromtimestamp(seen).astimezone() if seen else None)

    async def _later(self, key: str, instants: dict[str, datetime]) -> None:
        if instants:
            await self._redis.zadd(key, {user: at.timestamp() for user, at in instants.items()}, gt=True)
