// Elements without innerHTML: what a notification says goes in as text, and cannot become markup.

type Attribute = string | number | boolean | null | undefined | ((event: never) => void);
export type Child = Node | string | false | null | undefined;

/** An element with attributes (`on…`: listeners; false, null and undefined: none) and children. */
export function make<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Readonly<Record<string, Attribute>> = {}, ...children: Child[]): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value as EventListener);
    else set(element, key, value);
  }
  element.append(...children.filter((child): child is Node | string => child !== false && child !== null && child !== undefined));
  return element;
}

/** Sets an attribute if it is another; true is the empty one, and false, null and undefined take it away. */
export function set(element: Element, name: string, value: string | number | boolean | null | undefined): void {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value === true ? '' : value)) element.setAttribute(name, value === true ? '' : String(value));
}

/** Sets a text if it is another: a live region is read aloud whenever it is set. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

const namespace = 'http://www.w3.org/2000/svg';

/** A drawing of 24 by 24, of lines. Says nothing to who cannot see it. */
export function icon(lines: string): SVGElement {
  const svg = document.createElementNS(namespace, 'svg');
  const path = document.createElementNS(namespace, 'path');
  for (const [name, value] of Object.entries({ viewBox: '0 0 24 24', 'aria-hidden': 'true', class: 'icon' })) svg.setAttribute(name, value);
  path.setAttribute('d', lines);
  svg.append(path);
  return svg;
}

/** A button that is an icon, and its name. */
export function iconButton(lines: string, name: string, attributes: Readonly<Record<string, Attribute>>): HTMLButtonElement {
  return make('button', { type: 'button', class: 'tool', 'aria-label': name, title: name, ...attributes }, icon(lines));
}

/** An address that a link may lead to: of the web, and no script. */
export function safeUrl(url: string | null): string | undefined {
  if (url === null) return undefined;
  try {
    return /^https?:$/.test(new URL(url, document.baseURI).protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}
