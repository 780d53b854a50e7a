from homeport import Stack

stack = Stack("shop")
other = Stack("mart")
