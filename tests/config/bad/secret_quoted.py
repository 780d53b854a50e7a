from homeport import Stack

stack = Stack("shop")
settings = stack.env_file("dsn.env")
stack.service("api", run="python api.py", env={"API_TOKEN": "a-quoted-canary"}, nedes=["db"])
open("postgres://me:a-setting-canary@localhost/db")
