// The order of two cursors.

/**
 * Whether `cursor` comes after `other`. Cursors are `<epoch>-<sequence>` (docs/decisions/cursor-format.md); to everything but the tabs of one browser they are
 * opaque. Of two logs, or of ids of another kind, it is always after: nothing must be left out.
 */
export function isAfter(cursor: string, other: string): boolean {
  if (cursor === other) return false;
  const [, epoch, sequence] = format.exec(cursor) ?? [];
  const [, otherEpoch, otherSequence] = format.exec(other) ?? [];
  return epoch === undefined || epoch !== otherEpoch || Number(sequence) > Number(otherSequence);
}

const format = /^([0-9a-f]{16})-(\d+)$/;
