from homeport import Stack

stack = Stack("shop")
verbose = stack.option("verbose", default=False)
api = stack.service("api", run="python api.py", port=8000)
if verbose:
    stack.service("web", run="python web.py")
