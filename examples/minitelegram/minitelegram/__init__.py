"""A small chat: a gateway, chat workers and presence workers around one broker."""
