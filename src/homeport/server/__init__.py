"""The socket of a running house: many clients over one feed and one log book. Knows nothing of the engine."""
