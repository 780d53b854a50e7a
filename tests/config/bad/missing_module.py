import tomlish.deep

from homeport import Stack

stack = Stack("shop")
