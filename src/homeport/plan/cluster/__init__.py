"""Decisions about what runs in a cluster: the link, images, objects, forwards, logs, and files kept up to date."""
