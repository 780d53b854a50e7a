from homeport import Stack

stack = Stack("My Shop")
app = stack.group("api")
app.service("api", run="python api.py")
app.service("Chat_Service", run="python chat.py")
