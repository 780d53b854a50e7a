"""Brings the database to the shape that schema.sql says; running it again changes nothing."""

from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

from minitelegram.program import log, run, setting

SCHEMA = Path(__file__).parents[1] / "schema.sql"


async def main() -> None:
    """Applies the whole file in one transaction, one program at a time."""
    postgres = await asyncpg.connect(setting("DSN"))
    try:
        async with postgres.transaction():
            await postgres.execute("select pg_advisory_xact_lock(hashtext('minitelegram schema'))")
            await postgres.execute(SCHEMA.read_text(encoding="utf-8"))
    finally:
        await postgres.close()
    log.info("the database is as schema.sql says")


if __name__ == "__main__":
    run(main())
