"""The worker: takes note ids from the Redis list and writes what it found about each note to Postgres."""

import os

from service import begin, log
from stores import JOBS, Lost, counters, database, reason

postgres = database()
redis = counters()
name = f"worker {os.getpid()}"


def examine(note: int) -> None:
    """Counts a note's words and finds the longest; a note that was examined before stays as it is."""
    for [text] in postgres.rows("select text from notes where id = :note and done_at is null", note=note):
        words = text.split()
        longest = max(words, key=len)
        postgres.rows(
            "update notes set words = :words, longest = :longest, worker = :name, done_at = now()"
            " where id = :note and done_at is null",
            note=note,
            words=len(words),
            longest=longest,
            name=name,
        )
        log.info("note %d: %d words, the longest is %r", note, len(words), longest)


def work() -> None:
    """Examines what was left behind (the database knows), then each note as it comes."""
    for [note] in postgres.rows("select id from notes where done_at is null order by id"):
        examine(note)
    while job := redis.blpop([JOBS], timeout=5):
        examine(int(job[1]))


if __name__ == "__main__":
    begin()
    log.info("%s waits for notes", name)
    try:
        while True:
            work()
    except Lost as error:
        # Ending is the honest answer: whoever started this program starts it again once the stores are back.
        raise SystemExit(f"ERROR a store failed: {reason(error)}") from error
