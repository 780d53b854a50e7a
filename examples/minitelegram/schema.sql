create table if not exists users (
    name text primary key,
    since timestamptz not null default now()
);

create table if not exists messages (
    id uuid primary key,  -- given by the client or the gateway: the same message sent twice is stored once
    sender text not null references users,
    recipient text not null references users,
    body text not null,
    sent_at timestamptz not null,
    stored_at timestamptz not null default now()
);

create index if not exists messages_talk on messages (least(sender, recipient), greatest(sender, recipient), sent_at);

create table if not exists receipts (
    message_id uuid not null references messages,
    reader text not null references users,
    delivered_at timestamptz not null default now(),
    read_at timestamptz,
    primary key (message_id, reader)
);
