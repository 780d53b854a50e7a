"""What lives on this machine: folders, instances, leased ports, what is remembered, and secret values.

All locking of the program is here. Files are written whole or not at all, and nobody but their owner can read them.
"""
