from homeport import Stack, key

stack = Stack("shop")
jwt = stack.secret("jwt", {"es256.key": key("es256")})
stack.service("api", run="python api.py", env={"KEY": jwt["es256"].path})
