// A relay between peers: what one says, all others in the same room hear.
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import { listen } from "../common/listen.ts";

const rooms = new Map<string, Set<WebSocket>>();

const server = createServer((request, response) => {
  const healthy = request.url === "/health";
  response.writeHead(healthy ? 200 : 426, { "content-type": "application/json" });
  response.end(JSON.stringify(healthy ? { status: "ok", rooms: rooms.size } : { error: "this is a WebSocket relay" }));
});

const sockets = new WebSocketServer({ server, maxPayload: 64 * 1024 });

sockets.on("connection", (peer, request) => {
  const name = new URL(request.url ?? "/", "ws://relay").searchParams.get("room") ?? "parlour";
  const room = rooms.get(name) ?? new Set<WebSocket>();
  rooms.set(name, room.add(peer));

  peer.on("message", (data, isBinary) => {
    for (const other of room) {
      if (other !== peer && other.readyState === WebSocket.OPEN) other.send(data, { binary: isBinary });
    }
  });
  peer.on("error", (error) => console.error(`signaling: a peer in ${name} failed: ${error.message}`));
  peer.on("close", () => {
    room.delete(peer);
    if (room.size === 0 && rooms.get(name) === room) rooms.delete(name);
  });
});

listen(server, "signaling", 4444);
