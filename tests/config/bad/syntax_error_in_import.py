from homeport import Stack
from included import crooked

stack = Stack("shop")
