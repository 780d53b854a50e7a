from homeport import Stack

stack = Stack("shop")
settings = stack.env_file("broken.env")
stack.service("api", run="python api.py", env={**settings})
