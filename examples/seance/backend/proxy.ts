// Passes WebSocket connections on to another server, byte by byte:
// subprotocols, extensions and frames stay as they are.
import { type IncomingMessage, request, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Forwards the upgrade to `target` (ws://host:port), without the prefix of the path. */
export function forward(incoming: IncomingMessage, socket: Duplex, head: Buffer, prefix: string, target: URL): void {
  const outgoing = request({
    host: target.hostname,
    port: target.port || 80,
    path: (incoming.url ?? "").slice(prefix.length).replace(/^\/?/, "/"),
    headers: { ...incoming.headers, host: target.host },
  });
  outgoing.on("upgrade", (response, upstream, upstreamHead) => {
    socket.write(headOf(response));
    socket.write(upstreamHead);
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
    // One side gone without a goodbye must not leave the other one open.
    for (const [one, other] of [[upstream, socket], [socket, upstream]] as const) {
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    }
  });
  outgoing.on("response", (response) => {
    response.resume();
    refuse(socket, response.statusCode ?? 502);
  });
  outgoing.on("error", (error) => {
    console.error(`backend: ${target.href} does not answer: ${error.message}`);
    refuse(socket, 502);
  });
  socket.on("error", () => outgoing.destroy());
  outgoing.end();
}

export function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nconnection: close\r\n\r\n`);
}

function headOf(response: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
