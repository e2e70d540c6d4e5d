import type { ConnectionState } from '../../api/types.ts';
import { useText } from '../../text/language.tsx';
import { Badge } from '../../ui/basics.tsx';
import { Hourglass, Radio, Snail } from '../../ui/icons.ts';
import { texts } from './texts.ts';

export function StateBadge({ state }: { state: ConnectionState }) {
  const t = useText(texts);
  const tones = { live: 'good', behind: 'warn', waiting: 'plain' } as const;
  const icons = { live: Radio, behind: Snail, waiting: Hourglass };
  return (
    <Badge tone={tones[state]} icon={icons[state]}>
      {t.states[state]}
    </Badge>
  );
}
