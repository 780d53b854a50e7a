import os

from homeport import Stack

stack = Stack("shop")
settings = stack.env_file("dsn.env")
with open(os.path.join(os.path.dirname(__file__), "dsn.env")) as content:
    raise ValueError("cannot use " + content.readline())
