"""The user's own Kubernetes objects: read from files, and from what commands print."""
