import { defineConfig } from "@playwright/test";
import whole from "./playwright.config";

/** Takes the pictures of the README again: npm run screenshots */
export default defineConfig({
  ...whole,
  testMatch: "screenshots.ts",
  workers: 1,
  projects: [{ name: "pictures" }],
});
