from homeport import Stack

stack = Stack("shop")
