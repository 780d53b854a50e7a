"""A chat with workers on a broker: gateways take messages, chat workers store them, presence workers follow readers."""

from homeport import Stack, dockerfile, http, key, restart_after, sync

stack = Stack("minitelegram")

postgres = stack.postgres("postgres", database="telegram", storage="5Gi")
redis = stack.redis("redis", append_only=True)
rabbitmq = stack.rabbitmq("rabbitmq", management=True)
jwt = stack.secret("jwt-keys", {"es256.key": key("es256", file="secrets/es256.key")})  # made when it is absent

packages = stack.task(
    "packages",
    run="python -m venv .venv && .venv/bin/python -m pip install --quiet -r requirements.txt",
    inputs=["requirements.txt"],
    outputs=[".venv"],
)
app = stack.group(
    "app",
    image=dockerfile(update=[sync("minitelegram", "/app/minitelegram", ignore="__pycache__"), restart_after()]),
    reload=["minitelegram/**/*.py"],
    env={"DSN": postgres.url, "REDIS": redis.address, "AMQP_URL": rabbitmq.url},
)
schema = app.task("schema", run=["python", "-m", "minitelegram.schema"], inputs=["schema.sql"], needs=[packages])

app.service(
    "gateway",
    run=["python", "-m", "minitelegram.gateway"],
    port=8080,
    host=9090,
    replicas=2,
    ready=http("/health"),
    env={"KEY_PATH": jwt["es256.key"].path},
    needs=[schema],
)
app.service("chat", run=["python", "-m", "minitelegram.chat"], replicas=3, needs=[schema])
app.service("presence", run=["python", "-m", "minitelegram.presence"], replicas=2, needs=[schema])
