// What the page says to the backend: sit down, ask, read, and hear when somebody else has asked.

export type Question = { by: string; text: string; at: string };

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

function post<T>(path: string, body: object, token?: string): Promise<T> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  return call<T>(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export const questions = () => call<Question[]>("/api/questions");

export async function ask(by: string, text: string): Promise<void> {
  const { token } = await post<{ token: string }>("/api/sessions", { name: by });
  await post<Question>("/api/questions", { text }, token);
}

/** Joins the table's room and calls `heard` whenever another peer has asked; the result tells the others. */
export function join(heard: () => void): () => void {
  let socket: WebSocket;
  const connect = () => {
    socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/signaling?room=table`);
    socket.onmessage = heard;
    socket.onopen = heard; // Something may have been asked while we were away.
    socket.onclose = () => setTimeout(connect, 1000); // A save restarts the servers between us and the others.
  };
  connect();
  return () => {
    if (socket.readyState === WebSocket.OPEN) socket.send("asked");
  };
}
