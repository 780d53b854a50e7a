create table if not exists notes (
    id integer generated always as identity primary key,
    text text not null,
    written_at timestamptz not null default now(),
    -- What the worker found out; empty until it did.
    words integer,
    longest text,
    worker text,
    done_at timestamptz
);

create index if not exists notes_waiting on notes (id) where done_at is null;
