import { defineConfig } from "vite";

const backend = process.env.BACKEND_URL || "http://127.0.0.1:8765";

export default defineConfig({
  server: {
    host: process.env.HOST || "127.0.0.1",
    port: Number(process.env.PORT || 5928),
    // Another port than the one we were told would be one that nobody looks at.
    strictPort: true,
    allowedHosts: [".localhost"],
    // The page asks its own address and the server passes it on: no CORS, and it works wherever the backend is.
    proxy: { "/api": backend, "/signaling": { target: backend, ws: true } },
  },
});
