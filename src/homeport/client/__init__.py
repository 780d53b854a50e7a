"""Talking to a running house over its socket: plain and synchronous, so that a command answers at once."""
