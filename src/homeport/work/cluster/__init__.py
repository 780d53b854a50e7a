"""A house's work in a cluster: what is there is mirrored, judged and told."""
