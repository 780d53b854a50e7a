from homeport import Stack, htpp

stack = Stack("shop")
