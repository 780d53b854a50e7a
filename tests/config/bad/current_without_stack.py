from homeport import Stack

stack = Stack.current()
