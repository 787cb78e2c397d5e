// Generates src/api/schema.gen.ts from the admin API's OpenAPI document; with --check only compares.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../../docs/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.gen.ts", import.meta.url);

const text = `// Generated from docs/openapi.json by "npm run gen". Do not edit.\n\n${astToString(await openapiTS(source))}`;

if (process.argv.includes("--check")) {
  const present = await readFile(target, "utf8").catch(() => "");
  if (present !== text) {
    console.error('src/api/schema.gen.ts is stale: run "npm run gen" and commit the result.');
    process.exit(1);
  }
} else {
  await writeFile(target, text);
}
