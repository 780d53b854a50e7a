"""Launchers: small programs that prepare a store's folder and then become its server (arguments: ``README.md``).

They run in a process of their own, on the standard library alone, so that a broken store cannot hurt the house.
"""
