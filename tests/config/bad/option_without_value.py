from homeport import Stack

stack = Stack("shop")
region = stack.option("region", type=str)
stack.service("api", run="python api.py", cwd=region.value)
