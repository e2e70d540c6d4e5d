// Text to values and back.

/** JSON where it parses, otherwise the text itself. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** JSON that must be an object; anything else reads as one without members. */
export function objectOf(text: string): Record<string, unknown> {
  const value = parsed(text);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** A header's value that goes over the wire as UTF-8: fetch takes a string of bytes. */
export function headerValue(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** 128 random bits, to be unique and not to be secret: Node 18 has no global crypto. */
export function randomId(): string {
  const bytes = new Uint8Array(16);
  if (globalThis.crypto) crypto.getRandomValues(bytes);
  else bytes.forEach((_, i) => (bytes[i] = Math.random() * 256));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
