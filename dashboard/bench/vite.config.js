// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
  root,
  base: "./",
  build: {
    emptyOutDir: true,
    rolldownOptions: { input: `${root}bare.html` },
    target: "esnext",
  },
});
