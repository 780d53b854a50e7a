from homeport.words import Stack

stack = Stack("shop")
