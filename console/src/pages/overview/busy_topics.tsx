import { Link } from 'react-router';

import { topicPage } from '../../api/topic_path.ts';
import { useStore } from '../../live/store.ts';
import { useSamples } from '../../live/system.tsx';
import { rateAt, visibleTopics } from '../../live/topics_state.ts';
import { useTopics } from '../../live/use_topics.ts';
import { useFormat, useText } from '../../text/language.tsx';
import { Panel } from '../../ui/basics.tsx';
import { texts } from './texts.ts';

const shown = 10;

const sequenceOf = (cursor: string | null) => Number(cursor?.slice(cursor.lastIndexOf('-') + 1) ?? 0);

/** The topics that something came to last. */
export function BusyTopics() {
  const t = useText(texts);
  const format = useFormat();
  const topics = useStore(useTopics(), (state) => state);
  const now = useSamples().at(-1)?.time ?? 0;
  const rows = visibleTopics(topics, '', 'topic', now)
    .sort((a, b) => sequenceOf(b.last) - sequenceOf(a.last))
    .slice(0, shown);
  return (
    <Panel title={t.topics} hint={t.topicsHint} aside={<Link to="/topics">{t.allTopics}</Link>} flush>
      {rows.length === 0 ? (
        <p className="panel__body muted">{t.topicsEmpty}</p>
      ) : (
        <table className="table table--fixed">
          <thead>
            <tr>
              <th scope="col">{t.topic}</th>
              <th scope="col" className="number narrow">
                {t.count}
              </th>
              <th scope="col" className="number narrow">
                {t.rate}
              </th>
            </tr>
          </thead>
          <tbody data-testid="topics">
            {rows.map((row) => (
              <tr key={row.topic}>
                <th scope="row" className="clip">
                  <Link className="mono" to={topicPage(row.topic)} title={row.topic}>
                    {row.topic}
                  </Link>
                </th>
                <td className="number">{format.compact(row.events)}</td>
                <td className="number">{rateAt(row, now) > 0 ? format.perSecond(rateAt(row, now)) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
