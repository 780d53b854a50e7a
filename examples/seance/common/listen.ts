// What every server of the stack does alike: obey HOST and PORT, and stop when told to.
import type { Server } from "node:http";
import type { Duplex } from "node:stream";

// Answers in flight get this long to end; a restart on save waits for it.
const GRACE_MS = 300;

export function listen(server: Server, name: string, defaultPort: number): void {
  const host = process.env.HOST || "127.0.0.1";
  const port = Number(process.env.PORT || defaultPort);
  server.once("error", (error) => {
    console.error(`${name}: cannot listen: ${error.message}`);
    process.exit(1);
  });
  server.listen(port, host, () => console.log(`${name}: listening on ${host}:${port}`));
  stopOnSignal(server);
}

function stopOnSignal(server: Server): void {
  // An upgraded connection (WebSocket) no longer belongs to the HTTP server, so we remember it.
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (_request, socket) => {
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
  });
  const stop = () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    for (const socket of upgraded) socket.destroy();
    setTimeout(() => process.exit(0), GRACE_MS);
  };
  // `on`, not `once`: a terminal and a watcher may both send the signal, and the second must not kill.
  process.on("SIGINT", stop).on("SIGTERM", stop);
}
