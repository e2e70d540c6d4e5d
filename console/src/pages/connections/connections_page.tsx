import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { toast } from 'sonner';

import { messageOf, request, withQuery } from '../../api/http.ts';
import { topicPage } from '../../api/topic_path.ts';
import type { Connection, ConnectionList } from '../../api/types.ts';
import { useSystem } from '../../live/system.tsx';
import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Badge, Empty, Loading, SearchBox } from '../../ui/basics.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Curl } from '../../ui/curl.tsx';
import { Plug, Unplug } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { StateBadge } from './state_badge.tsx';
import { texts } from './texts.ts';
import './connections.css';

const limit = 200;
const transports = ['sse', 'websocket', 'long_poll'] as const;

/** Asks again when the server says that it lives on, which is once a second, and at most as often as answers come. */
function useFresh(key: readonly unknown[]): void {
  const queries = useQueryClient();
  const { figures } = useSystem();
  const current = useRef(key);
  current.current = key;
  useEffect(
    () =>
      figures.subscribe(() => {
        if (!document.hidden && queries.isFetching({ queryKey: current.current }) === 0) void queries.invalidateQueries({ queryKey: current.current });
      }),
    [figures, queries],
  );
}

function Wanted({ connection }: { connection: Connection }) {
  const t = useText(texts);
  return (
    <div className="connections__wanted">
      {connection.topics.map((topic) => (
        <Link key={topic} className="mono" to={topicPage(topic)}>
          {topic}
        </Link>
      ))}
      {connection.match.map((pattern) => (
        <code key={pattern}>{pattern}</code>
      ))}
      {connection.filter !== null && (
        <p className="muted">
          {t.filter} <code>{connection.filter}</code>
        </p>
      )}
      {connection.fields !== null && (
        <p className="muted">
          {t.fields} <code>{connection.fields}</code>
        </p>
      )}
      {connection.max_rate !== null && <p className="muted">{t.maxRate(connection.max_rate)}</p>}
    </div>
  );
}

function Lag({ connection }: { connection: Connection }) {
  const t = useText(texts);
  const format = useFormat();
  if (connection.lag_events === null) return <span className="muted">{t.unknown}</span>;
  const events = format.count(connection.lag_events);
  return (
    <>
      {connection.lag_exact ? events : <span title={t.atMost(events)}>≤ {events}</span>}
      {connection.lag_bytes !== null && connection.lag_bytes > 0 && <div className="muted">{format.bytes(connection.lag_bytes)}</div>}
    </>
  );
}

function ConnectionsTable({ connections, onDisconnect }: { connections: readonly Connection[]; onDisconnect: (connection: Connection) => void }) {
  const t = useText(texts);
  const format = useFormat();
  return (
    <div className="table-scroll">
      <table className="table" data-testid="connections">
        <thead>
          <tr>
            <th scope="col">{t.who}</th>
            <th scope="col">{t.transport}</th>
            <th scope="col">{t.wanted}</th>
            <th scope="col">{t.state}</th>
            <th scope="col" className="number">
              {t.lag}
            </th>
            <th scope="col">{t.policy}</th>
            <th scope="col">{t.since}</th>
            <th scope="col">
              <span className="visually-hidden">{t.disconnect}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {connections.map((connection) => (
            <tr key={`${connection.client_id} ${connection.subscription ?? ''}`}>
              <th scope="row">
                {connection.user ?? connection.given_id ?? <span className="muted">{t.anonymous}</span>}
                <div className="mono muted">{connection.address ?? t.unixSocket}</div>
              </th>
              <td>
                <Badge>{t.transports[connection.transport as keyof typeof t.transports] ?? connection.transport}</Badge>
                <div className="muted">HTTP/{connection.http}</div>
              </td>
              <td>
                <Wanted connection={connection} />
              </td>
              <td>
                <StateBadge state={connection.state} />
                {connection.blocked && <div className="muted">{t.blocked}</div>}
              </td>
              <td className="number">
                <Lag connection={connection} />
              </td>
              <td className="mono">{connection.policy}</td>
              <td className="nowrap">
                <time dateTime={new Date(connection.since).toISOString()}>{format.dateTime(connection.since)}</time>
                <div>
                  <Link className="mono" to={`/explain?client_id=${encodeURIComponent(connection.client_id)}`} title={t.explain}>
                    {connection.client_id.slice(0, 8)}…
                  </Link>
                </div>
              </td>
              <td>
                <button type="button" className="button button--quiet button--icon button--small" title={t.disconnect} aria-label={`${t.disconnect} ${connection.client_id}`} onClick={() => onDisconnect(connection)}>
                  <Unplug size={15} aria-hidden />
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Who is connected, how, to what, and how far behind. */
export default function ConnectionsPage() {
  const t = useText(texts);
  const format = useFormat();
  const [topic, setTopic] = useState('');
  const [user, setUser] = useState('');
  const [transport, setTransport] = useState('');
  const [chosen, setChosen] = useState<Connection | null>(null);
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const key = ['connections', topic, user, transport];
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => request<ConnectionList>(withQuery('/v1/connections', { topic: topic.trim(), user: user.trim(), transport, limit }), { signal }),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  useFresh(key);

  const disconnect = async ({ client_id: id }: Connection) => {
    try {
      await request(`/v1/connections/${encodeURIComponent(id)}`, { method: 'DELETE' });
      setGone((before) => new Set(before).add(id));
      toast.success(t.disconnected, { description: id });
    } catch (failure) {
      toast.error(t.notDisconnected, { description: messageOf(failure) });
    }
    void refetch();
  };

  const filtered = topic !== '' || user !== '' || transport !== '';
  const shown = (data?.connections ?? []).filter(({ client_id: id }) => !gone.has(id));
  return (
    <div className="page">
      <PageHead title={t.title} hint={data === undefined ? t.hint : t.total(data.total, format.count(data.total))}>
        <SearchBox label={t.byTopic} value={topic} onChange={(event) => setTopic(event.target.value)} />
        <SearchBox label={t.byUser} value={user} onChange={(event) => setUser(event.target.value)} />
        <select className="input connections__transport" aria-label={t.transport} value={transport} onChange={(event) => setTransport(event.target.value)}>
          <option value="">{t.anyTransport}</option>
          {transports.map((each) => (
            <option key={each} value={each}>
              {t.transports[each]}
            </option>
          ))}
        </select>
      </PageHead>
      {error !== null && <ProblemNote error={error} />}
      <section className="panel" aria-label={t.title}>
        {data === undefined ? (
          error === null && <Loading label={t.loading} />
        ) : shown.length === 0 ? (
          <Empty icon={Plug} title={filtered ? t.noneFound : t.none}>
            {!filtered && (
              <>
                <p className="empty__text">{t.noneText}</p>
                <Curl command="curl -N {base}/v1/topics/news" what={t.followNews} />
              </>
            )}
          </Empty>
        ) : (
          <ConnectionsTable connections={shown} onDisconnect={setChosen} />
        )}
      </section>
      {data?.next && <p className="muted">{t.more(format.count(limit))}</p>}
      <Confirm
        open={chosen !== null}
        title={t.confirmTitle}
        text={t.confirmText}
        action={t.disconnect}
        onConfirm={() => chosen && void disconnect(chosen)}
        onClose={() => setChosen(null)}
      />
    </div>
  );
}
