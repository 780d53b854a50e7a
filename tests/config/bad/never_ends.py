from homeport import Stack

stack = Stack("shop")
while True: pass
