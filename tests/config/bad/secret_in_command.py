from homeport import Stack, command, password

stack = Stack("shop")
db = stack.postgres("postgres")
token = stack.secret("token", password())
stack.task("migrate", run=["python", "migrate.py", db.url])
stack.service("api", run=f"python api.py --token {token}", ready=command(["check", token]))
