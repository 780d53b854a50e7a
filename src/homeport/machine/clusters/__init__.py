"""Clusters: which ones people allowed, and what each instance has on them."""
