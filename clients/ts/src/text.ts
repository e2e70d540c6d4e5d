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

/** 128 random bits. crypto.randomUUID exists on secure pages only. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
