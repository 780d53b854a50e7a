"""What is seen of a cluster, in memory, for all workers: the link to it, and a mirror of everything of ours there."""
