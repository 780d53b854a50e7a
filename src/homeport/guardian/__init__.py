"""The guardian: a small program beside the house that starts every command and outlives a crash of Homeport.

It is started as ``python -I -S start.py FD`` and imports the standard library and the files of this folder, nothing else.
Homeport talks to it over a Unix socket (``frames.py``). When that socket ends, however Homeport ended, the guardian ends
every process that it started and every process that those started, and then itself.
"""
