// A cursor is opaque to programs; a person may look into it: the log's epoch, and a position that counts from 1.

export interface Position {
  epoch: string;
  sequence: number;
}

export function parseCursor(text: string): Position | null {
  const match = /^([0-9a-f]{16})-(\d{1,16})$/.exec(text.trim());
  return match?.[1] === undefined ? null : { epoch: match[1], sequence: Number(match[2]) };
}

export const formatCursor = ({ epoch, sequence }: Position): string => `${epoch}-${sequence}`;

/** The cursor after which a stream begins with the event at this position. */
export const cursorBefore = ({ epoch, sequence }: Position): string => formatCursor({ epoch, sequence: Math.max(0, sequence - 1) });
