import type { ViewStatus } from 'weir-client';

import { Indicator } from '../../shell/indicator.tsx';
import { useText } from '../../text/language.tsx';
import { Badge } from '../../ui/basics.tsx';
import { CircleSlash } from '../../ui/icons.ts';
import { linkOf } from '../../live/use_live_view.ts';
import { texts } from './texts.ts';

/** The word on the execution's own stream. One that has ended is no failure. */
export function StreamBadge({ status, reason }: { status: ViewStatus; reason: string | null }) {
  const t = useText(texts);
  if (status !== 'ended') return <Indicator link={linkOf(status, reason)} testId="stream-state" />;
  return (
    <span role="status" data-testid="stream-state" data-state="ended" title={t.endedAbout}>
      <Badge icon={CircleSlash}>{t.ended}</Badge>
    </span>
  );
}
