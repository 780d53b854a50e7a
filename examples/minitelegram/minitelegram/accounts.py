"""The registered users: in Postgres, with a cache in Redis for the question that every message asks."""

import asyncpg  # type: ignore[import-untyped]
from redis.asyncio import Redis

CACHED = 300  # seconds


class Accounts:
    """Registers users and knows them."""

    def __init__(self, postgres: "asyncpg.Pool[asyncpg.Record]", redis: Redis) -> None:
        self._postgres = postgres
        self._redis = redis

    async def register(self, name: str) -> bool:
        """Gives the name to a new user; False when somebody has it."""
        made = await self._postgres.fetchval(
            "insert into users (name) values ($1) on conflict (name) do nothing returning name", name
        )
        return made is not None

    async def known(self, name: str) -> bool:
        """Says whether somebody has this name. Only a yes is cached: a no may become a yes at any moment."""
        key = f"user:{name}"
        if await self._redis.exists(key):
            return True
        found = await self._postgres.fetchval("select true from users where name = $1", name)
        if found:
            await self._redis.set(key, 1, ex=CACHED)
        return bool(found)
