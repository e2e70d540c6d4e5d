import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import type { Delivery, Inbox, InboxNotification } from 'weir-client/inbox';

import { messageOf } from '../../api/http.ts';
import { useFormat, useText } from '../../text/language.tsx';
import { Badge, Loading, Note } from '../../ui/basics.tsx';
import { JsonTree } from '../../ui/json_tree.tsx';
import { texts } from './texts.ts';

const tones = { pending: 'info', delivered: 'good', failed: 'bad', cancelled: 'plain' } as const;
/** What is under way is looked at again. */
const refetchInterval = 3_000;

function Deliveries({ deliveries }: { deliveries: readonly Delivery[] }) {
  const t = useText(texts);
  const format = useFormat();
  if (deliveries.length === 0) return <p className="muted">{t.noDeliveries}</p>;
  return (
    <div className="table-scroll">
      <table className="table" data-testid="deliveries">
        <thead>
          <tr>
            {Object.values(t.columns).map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {deliveries.map(({ channel, state, attempts, createdAt, record }) => {
            const last = record.at(-1);
            return (
              <tr key={`${channel} ${createdAt}`}>
                <th scope="row" lang="en">
                  {channel}
                </th>
                <td>
                  <Badge tone={tones[state]}>{t.states[state]}</Badge>
                </td>
                <td>{attempts}</td>
                <td>
                  {last === undefined ? '–' : format.dateTime(last.at)}
                  {last?.reason != null && (
                    <div className="muted" lang="en">
                      {last.reason}
                    </div>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** All of a notification, and what became of it elsewhere. */
export function Details({ inbox, notification }: { inbox: Inbox; notification: InboxNotification }) {
  const t = useText(texts);
  const format = useFormat();
  const { id, rev } = notification;
  const whole = useQuery({ queryKey: ['notification', id, rev], queryFn: () => inbox.get(id) });
  const deliveries = useQuery({
    queryKey: ['notification-deliveries', id],
    queryFn: () => inbox.deliveries(id),
    refetchInterval: ({ state }) => (state.data?.some(({ state: each }) => each === 'pending') ? refetchInterval : false),
  });
  const error = whole.error ?? deliveries.error;
  if (error !== null) return <Note tone="bad">{messageOf(error)}</Note>;
  if (whole.data === undefined || deliveries.data === undefined) return <Loading label={t.loading} />;
  const one = whole.data;
  const time = (value: number | null) => (value === null ? null : format.dateTime(value));
  const facts = [
    [t.facts.id, one.id],
    [t.facts.type, one.type],
    [t.facts.created, time(one.createdAt)],
    [t.facts.seen, time(one.seenAt)],
    [t.facts.read, time(one.readAt)],
    [t.facts.group, one.groupKey],
    [t.facts.dedupe, one.dedupeKey],
    [t.facts.expires, time(one.expiresAt)],
  ] as const;
  return (
    <div className="notification__details stack" data-testid="notification-details">
      {one.body !== '' && <p className="notification__whole">{one.body}</p>}
      <dl className="facts">
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <Fragment key={name}>
                <dt>{name}</dt>
                <dd className="mono">{value}</dd>
              </Fragment>
            ),
        )}
        {one.data != null && (
          <>
            <dt>{t.facts.data}</dt>
            <dd>
              <JsonTree text={JSON.stringify(one.data)} />
            </dd>
          </>
        )}
      </dl>
      <h3>{t.deliveries}</h3>
      <Deliveries deliveries={deliveries.data} />
    </div>
  );
}
