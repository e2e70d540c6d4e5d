import { useEffect, useState } from 'react';
import { toast } from 'sonner';
import { floorOf, listOf, type Inbox, type InboxState, type InboxTab } from 'weir-client/inbox';

import { messageOf } from '../../api/http.ts';
import { useSession } from '../../api/session.ts';
import { newLink, type Link } from '../../live/link.ts';
import { useViewer } from '../../notifications/viewer.tsx';
import { Indicator } from '../../shell/indicator.tsx';
import { PageHead } from '../../shell/page_head.tsx';
import { useText } from '../../text/language.tsx';
import { Empty, Loading, Note } from '../../ui/basics.tsx';
import { Curl } from '../../ui/curl.tsx';
import { Bell, CheckCheck } from '../../ui/icons.ts';
import { NotificationRow } from './notification_row.tsx';
import { PreferencesForm } from './preferences_form.tsx';
import { SendForm } from './send_form.tsx';
import { texts } from './texts.ts';
import './notifications.css';

const tabs: readonly InboxTab[] = ['inbox', 'unread', 'snoozed', 'archived'];
/** Milliseconds between looks at how long ago things were. */
const tickInterval = 30_000;

const linkStates = { loading: 'connecting', live: 'live', polling: 'polling', offline: 'offline', ended: 'closed' } as const satisfies Record<string, Link['state']>;

const example = (user: string) => `curl {base}/api/notifications -d '${JSON.stringify({ user, title: 'Your order is on its way', severity: 'success', actionUrl: '/topics' })}'`;

/** The server's time, now and then. */
function useNow(inbox: Inbox): number {
  const [now, setNow] = useState(() => inbox.client.serverTime());
  useEffect(() => {
    const timer = setInterval(() => setNow(inbox.client.serverTime()), tickInterval);
    return () => clearInterval(timer);
  }, [inbox]);
  return Math.max(now, inbox.client.serverTime());
}

interface ListProps {
  inbox: Inbox;
  state: InboxState;
  tab: InboxTab;
  user: string;
}

function NotificationList({ inbox, state, tab, user }: ListProps) {
  const t = useText(texts);
  const now = useNow(inbox);
  const list = listOf(state, tab);
  const floor = floorOf(state, tab);
  const act = (command: (inbox: Inbox) => Promise<void>) => void command(inbox).catch((error: unknown) => toast.error(t.failed, { description: messageOf(error) }));
  // What is not known yet, and what has been emptied here while there is more of it.
  const wanted = floor === undefined || (list.length === 0 && floor > 0);
  useEffect(() => {
    if (wanted) act((each) => each.load(tab));
    // When it is wanted, not when the functions are others.
  }, [wanted, tab, inbox]);
  if (wanted) return <Loading label={t.loading} />;
  if (list.length === 0) {
    return (
      <Empty icon={Bell} title={t.empty[tab]}>
        {tab === 'inbox' && (
          <>
            <p className="empty__text">{t.emptyText}</p>
            <Curl command={example(user)} what={t.emptyWhat} />
          </>
        )}
      </Empty>
    );
  }
  return (
    <>
      <ul data-testid="notifications">
        {list.map((one) => (
          <NotificationRow key={one.id} one={one} inbox={inbox} act={act} now={now} />
        ))}
      </ul>
      {floor > 0 && (
        <button type="button" className="button button--quiet notifications__older" onClick={() => act((each) => each.load(tab))}>
          {t.older}
        </button>
      )}
    </>
  );
}

/** Everything that a user was told. */
export default function NotificationsPage() {
  const t = useText(texts);
  const { session } = useSession();
  const { user, inbox: live } = useViewer();
  const [tab, setTab] = useState<InboxTab>('inbox');
  const inbox = live?.inbox;
  if (live === undefined || inbox === undefined || user === null) {
    return (
      <div className="page">
        <PageHead title={t.title} />
        <section className="panel" aria-label={t.title}>
          <Empty icon={Bell} title={t.off}>
            <p className="empty__text">{t.offText}</p>
          </Empty>
        </section>
      </div>
    );
  }
  const { state, status, error } = live;
  const readAll = () => {
    if (state?.unread) inbox.readAll().catch((failure: unknown) => toast.error(t.failed, { description: messageOf(failure) }));
  };
  return (
    <div className="page">
      <PageHead title={t.title} hint={t.hint(user)}>
        <Indicator link={{ ...newLink, state: linkStates[status], pollSeconds: status === 'polling' ? 30 : null, reason: error?.message ?? null }} testId="inbox-state" />
        <button type="button" className="button" aria-disabled={!state?.unread} onClick={readAll}>
          <CheckCheck size={14} aria-hidden />
          {t.readAll}
        </button>
      </PageHead>
      <div className="notifications">
        <section className="panel" aria-label={t.title}>
          <div className="row notifications__tabs" role="group" aria-label={t.lists}>
            {tabs.map((each) => (
              <button key={each} type="button" className="button button--small" aria-pressed={each === tab} onClick={() => setTab(each)} data-testid={`tab-${each}`}>
                {t.tabs[each]}
                {each === 'unread' && state !== undefined && state.unread > 0 && ` ${state.unread}`}
              </button>
            ))}
          </div>
          {state !== undefined ? (
            <NotificationList inbox={inbox} state={state} tab={tab} user={user} />
          ) : error === undefined ? (
            <Loading label={t.loading} />
          ) : (
            <Note tone="warn">
              <span lang="en">{error.message}</span>
            </Note>
          )}
        </section>
        <div className="stack">
          {session?.admin === true && <SendForm key={user} user={user} />}
          <PreferencesForm inbox={inbox} />
        </div>
      </div>
    </div>
  );
}
