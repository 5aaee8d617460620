// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: "../fusion_service/web/page/built",
    emptyOutDir: true,
    // Every file is a file of the centre's own: nothing is written into the shell or a style.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What somebody logs in to, and what is around the pages for everybody.
    rolldownOptions: { input: ["index.html", "public.html"] },
  },
});
