// SPDX-License-Identifier: Apache-2.0
/** Rights by the words of the API, where a part of the page asks for one. */
export const DRAW = "change a site's file";
