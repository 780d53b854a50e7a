"""The gateway: the HTTP API and the WebSocket that clients speak to. Any number of them share the work."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import aio_pika
import asyncpg  # type: ignore[import-untyped]
from aio_pika.abc import AbstractConnection
from aiohttp import web
from redis.asyncio import Redis

from minitelegram.accounts import Accounts
from minitelegram.api import Api
from minitelegram.broker import events
from minitelegram.online import Online
from minitelegram.posts import Posts
from minitelegram.program import Stop, log, run, setting
from minitelegram.sockets import Sockets
from minitelegram.tokens import Tokens


async def main() -> None:
    """Serves at HOST and PORT until asked to stop.

    Unlike a worker, a gateway outlives the loss of a store or the broker: it answers 503 and connects again.
    """
    tokens = Tokens(Path(setting("KEY_PATH")))
    async with AsyncExitStack() as stores:
        postgres = await stores.enter_async_context(asyncpg.create_pool(setting("DSN"), min_size=1, max_size=5))
        redis = Redis.from_url(f"redis://{setting('REDIS')}", decode_responses=True)
        await stores.enter_async_context(redis)
        connection = await stores.enter_async_context(
            await aio_pika.connect_robust(setting("AMQP_URL"), reconnect_interval=1)
        )

        posts = Posts(await connection.channel(on_return_raises=True))
        await posts.declare()
        sockets = Sockets(posts)
        await listen(connection, sockets)

        async def check() -> None:
            if not connection.connected.is_set():
                raise ConnectionError("the broker is away")
            async with asyncio.timeout(2):
                await postgres.execute("select 1")
                await redis.ping()
                async with connection.channel():
                    pass

        api = Api(postgres, Accounts(postgres, redis), posts, Online(redis), sockets, tokens, check)
        await serve(api.application(), sockets, Stop.on_signals())


async def listen(connection: AbstractConnection, sockets: Sockets) -> None:
    """Lets every event come to this gateway, through a queue that goes when the gateway does."""
    channel = await connection.channel()
    queue = await channel.declare_queue(f"gateway.{uuid4()}", exclusive=True, auto_delete=True)
    await queue.bind(await events(channel))
    await queue.consume(sockets.tell, no_ack=True)


async def serve(app: web.Application, sockets: Sockets, stop: Stop) -> None:
    """Answers until asked to stop; then takes no new connections, ends the open ones and finishes what has begun."""

    async def close(_: web.Application) -> None:
        await sockets.close()

    app.on_shutdown.append(close)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        host, port = setting("HOST", "127.0.0.1"), int(setting("PORT"))
        await web.TCPSite(runner, host, port).start()
        log.info("listening on http://%s:%d", host, port)
        await sockets.remind(stop)
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    run(main())
