"""JSON shapes and the protocol of the unix socket: the only place with JSON of our own.

One message is one line of UTF-8 JSON. A client sends requests, one at a time; each is answered by messages that end with
``end`` or ``error``. A client that closes its side ends what it asked to follow.
"""
