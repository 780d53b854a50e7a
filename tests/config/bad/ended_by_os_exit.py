import os

from homeport import Stack

stack = Stack("shop")
print("about to leave", flush=True)
os._exit(3)
