// SPDX-License-Identifier: Apache-2.0
/** What Vite makes of files that are no TypeScript. */
declare module "*.css";
declare module "*?url" {
  const address: string;
  export default address;
}
