/// <reference types="vitest/config" />

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const core = process.env.YALLMP_DEV_TARGET ?? "http://127.0.0.1:7979";

/** Git keeps dist/ alive through this file, because Go embeds the folder. */
function keepFolder(): Plugin {
  return {
    name: "keep-dist-folder",
    apply: "build",
    closeBundle() {
      writeFileSync(new URL("./dist/.gitkeep", import.meta.url), "");
    },
  };
}

export default defineConfig({
  plugins: [react(), keepFolder()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist",
    target: ["es2022", "safari16"],
    sourcemap: false,
    chunkSizeWarningLimit: 800,
  },
  server: {
    proxy: {
      // The Host stays as it is: the core compares it with the Origin.
      "/api": { target: core },
      "/login": { target: core },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
    testTimeout: 30_000,
  },
});
