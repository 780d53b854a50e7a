"""Instances: what each is called, the folders it has, and the house that holds it."""
