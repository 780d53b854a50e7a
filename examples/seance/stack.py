"""A web product with hot reload: a page, an API that proxies WebSocket traffic, a relay, and a store."""

from homeport import Stack, dockerfile, http, sync

stack = Stack("seance")
settings = stack.env_file(".env", secret=["SESSION_KEY"], optional=True)
node = stack.node("22")
packages = stack.task(
    "packages", run=["npm", "ci"], inputs=["package-lock.json"], outputs=["node_modules"], tools=[node]
)

valkey = stack.valkey("valkey", storage="1Gi")
image = dockerfile(update=[sync(each, f"/app/{each}") for each in ("backend", "common", "landing", "signaling")])

# tsx and vite follow the sources themselves, so no service has a reload rule.
signaling = stack.service(
    "signaling",
    run=["tsx", "watch", "--clear-screen=false", "signaling/main.ts"],
    port=4444,
    ready=http("/health"),
    image=image,
    tools=[node],
    needs=[packages],
)
backend = stack.service(
    "backend",
    run=["tsx", "watch", "--clear-screen=false", "backend/main.ts"],
    port=8765,
    env={**settings, "VALKEY_URL": valkey.url, "SIGNALING_URL": f"ws://{signaling.address}"},
    ready=http("/health"),
    image=image,
    links={"API": "/ui"},
    tools=[node],
    needs=[packages],
)
stack.service(
    "landing",
    run="vite landing --port $PORT",
    port=5928,
    env={"BACKEND_URL": backend.url},
    ready=http("/"),
    image=image,
    tools=[node],
    needs=[packages],
)
