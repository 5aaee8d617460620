// SPDX-License-Identifier: Apache-2.0
/**
 * Elements as values. Rule 1: text is text: nothing here reads markup, so no text of others can
 * become any. Rule 2: no style and no handler is an attribute: the centre's policy forbids both.
 */
export type Child = Node | string | null | false;
export type Attributes = Readonly<Record<string, string | number | boolean | null>>;

const SVG = "http://www.w3.org/2000/svg";
const FORBIDDEN = /^(?:on|style$|srcdoc$)/i;

/** Make an element of the page. An attribute that is null or false is left out. */
export function h(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  return filled(document.createElement(tag), attributes, children);
}

/** Make an element of a drawing. */
export function s(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (FORBIDDEN.test(name)) throw new TypeError(`${name}: is no attribute of ours`);
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== false) element.append(child);
  }
  return element;
}

/**
 * Make what is on the page look like what is wanted, and change nothing else: the focus, a caret
 * and what a screen reader reads stay where they are. Children with `data-key` keep their element.
 * The inside of an element with `data-own` is not the page's, and is left as it is.
 */
export function patch(shown: Element, wanted: Element): void {
  patchAttributes(shown, wanted);
  if (wanted.hasAttribute("data-own")) return;
  patchChildren(shown, [...wanted.childNodes]);
}

export function patchChildren(shown: Element, wanted: readonly Node[]): void {
  const keyed = new Map<string, Element>();
  for (const child of shown.children) {
    const key = keyOf(child);
    if (key !== null) keyed.set(key, child);
  }
  let cursor = shown.firstChild;
  for (const want of wanted) {
    const key = keyOf(want);
    const had = key === null ? cursor : (keyed.get(key) ?? null);
    if (had === null || !isAlike(had, want)) {
      shown.insertBefore(want, cursor);
      continue;
    }
    if (had === cursor) cursor = cursor.nextSibling;
    else shown.insertBefore(had, cursor);
    if (had instanceof Element && want instanceof Element) patch(had, want);
    else if (had.nodeValue !== want.nodeValue) had.nodeValue = want.nodeValue;
  }
  while (cursor !== null) {
    const next: ChildNode | null = cursor.nextSibling;
    cursor.remove();
    cursor = next;
  }
}

function keyOf(node: Node): string | null {
  return node instanceof Element ? node.getAttribute("data-key") : null;
}

function isAlike(had: Node, want: Node): boolean {
  return (
    had.nodeType === want.nodeType && had.nodeName === want.nodeName && keyOf(had) === keyOf(want)
  );
}

function patchAttributes(shown: Element, wanted: Element): void {
  for (const { name } of [...shown.attributes]) {
    // Whether something was unfolded is for whoever looks to say.
    if (name !== "open" && !wanted.hasAttribute(name)) shown.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
}
