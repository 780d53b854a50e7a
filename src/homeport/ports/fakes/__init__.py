"""Promises kept in memory, for tests and for trying screens: each passes the same contract suite as the real thing."""
