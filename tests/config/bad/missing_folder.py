from homeport import Stack, files

stack = Stack("shop")
stack.service("api", run="python api.py", cwd="includedd")
stack.service("web", run="python web.py", reload=files("*.py", base="nowhere"))
