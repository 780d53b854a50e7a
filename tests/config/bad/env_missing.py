from homeport import Stack

stack = Stack("shop")
settings = stack.env_file("absent.env")
stack.service("api", run="python api.py", env={**settings})
