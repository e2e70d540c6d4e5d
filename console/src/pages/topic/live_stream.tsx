import { useCallback, useState } from 'react';

import { encodeTopic } from '../../api/topic_path.ts';
import { EventBrowser } from '../../events/event_browser.tsx';
import { useStore } from '../../live/store.ts';
import type { ControlFrame } from '../../live/stream.ts';
import { useLog } from '../../live/use_log.ts';
import { Indicator } from '../../shell/indicator.tsx';
import { useText } from '../../text/language.tsx';
import { Empty, Note } from '../../ui/basics.tsx';
import { Curl } from '../../ui/curl.tsx';
import { Radio } from '../../ui/icons.ts';
import { texts } from './texts.ts';

/** How many of the newest events a stream begins with. */
const newest = 100;

interface LiveStreamProps {
  topic: string;
  filter: string;
  /** Where to begin; "" for the newest. */
  after: string;
}

/** What comes to a topic, as it comes. */
export function LiveStream({ topic, filter, after }: LiveStreamProps) {
  const t = useText(texts);
  const [gap, setGap] = useState<ControlFrame | null>(null);
  const onControl = useCallback((frame: ControlFrame) => {
    if (frame.type === 'gap') setGap(frame);
  }, []);
  const { log, link } = useLog({ topics: [topic], filter, ...(after === '' ? { last: newest } : { after }), open: true, onControl });
  const linkNow = useStore(link, (state) => state);
  const ended = linkNow.state === 'closed' && linkNow.reason === null;
  return (
    <>
      {gap !== null && (
        <div className="topic__note">
          <Note tone="warn" testId="gap">
            {t.gap(String(gap.data.reason), String(gap.data.available_from))}
          </Note>
        </div>
      )}
      {linkNow.state === 'closed' && (
        <div className="topic__note">
          <Note tone={ended ? 'plain' : 'bad'}>{ended ? t.ended : linkNow.reason}</Note>
        </div>
      )}
      <div className="topic__browser">
        <EventBrowser
          log={log}
          label={t.events}
          tools={<Indicator link={linkNow} testId="stream-state" />}
          empty={
            <Empty icon={Radio} title={t.empty}>
              <p className="empty__text">{t.emptyText}</p>
              <Curl command={`curl -d hello '{base}/v1/topics/${encodeTopic(topic)}'`} what={t.publishHere} />
            </Empty>
          }
        />
      </div>
    </>
  );
}
