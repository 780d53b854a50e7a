import json

from homeport import Stack

stack = Stack("shop")
settings = json.loads("{nonsense")
