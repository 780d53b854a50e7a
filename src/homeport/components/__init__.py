"""Ready-made services: ordinary classes on the words that every stack file has."""
