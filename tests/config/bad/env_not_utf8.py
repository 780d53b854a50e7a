from homeport import Stack

stack = Stack("shop")
stack.service("api", run="python api.py", env_file="latin.env")
