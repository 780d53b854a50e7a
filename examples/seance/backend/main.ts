// The API and, under /signaling, the way to the relay: one address for the browser.
import { createAdaptorServer } from "@hono/node-server";
import type { Server } from "node:http";
import { listen } from "../common/listen.ts";
import { api } from "./api.ts";
import { forward, refuse } from "./proxy.ts";

const signaling = new URL(process.env.SIGNALING_URL || "ws://127.0.0.1:4444");

const server = createAdaptorServer({ fetch: api.fetch }) as Server;
server.on("upgrade", (request, socket, head) => {
  const path = new URL(request.url ?? "/", "ws://backend").pathname;
  if (path === "/signaling" || path.startsWith("/signaling/")) {
    forward(request, socket, head, "/signaling", signaling);
  } else {
    refuse(socket, 404);
  }
});

listen(server, "backend", 8765);
