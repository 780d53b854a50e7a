"""Brings the database to the shape that schema.sql says; running it again changes nothing."""

from pathlib import Path

from service import begin, log
from stores import database

if __name__ == "__main__":
    begin()
    database().rows(Path(__file__).with_name("schema.sql").read_text())
    log.info("the database is as schema.sql says")
