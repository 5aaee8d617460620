// SPDX-License-Identifier: Apache-2.0
/** Whether this browser draws in three dimensions at all; asked before the map is loaded. */
let found: boolean | null = null;

export function hasWebGl(): boolean {
  if (found !== null) return found;
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    found = context !== null;
    context?.getExtension("WEBGL_lose_context")?.loseContext();
  } catch {
    found = false;
  }
  return found;
}
