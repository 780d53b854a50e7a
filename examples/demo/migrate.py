"""Brings the database to the shape that schema.sql says; running it again changes nothing."""

from pathlib import Path

from service import begin, log
from stores import Lost, database, reason

if __name__ == "__main__":
    begin()
    try:
        database().rows(Path(__file__).with_name("schema.sql").read_text(encoding="utf-8"))
    except Lost as error:
        raise SystemExit(f"ERROR the database stays as it was: {reason(error)}") from error
    log.info("the database is as schema.sql says")
