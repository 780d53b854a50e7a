from homeport import Stack, fixed, port

stack = Stack("shop")
stack.service("api", run="python api.py", port=80800)
stack.service("web", run="python web.py", port=0)
stack.service("mail", run="python mail.py", ports={"smtp": fixed(-25), "http": port(8025, host=99999)})
