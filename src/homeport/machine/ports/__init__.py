"""Ports that are leased to instances: the book, its file, locks that hold for the whole machine, and who else holds one."""
