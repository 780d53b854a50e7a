from homeport import Stack

stack = Stack("shop")
settings = stack.env_file("absent.env", optional=True)
stack.service("api", run="python api.py", env={"KEY": settings["SESSION_KEY"]})
