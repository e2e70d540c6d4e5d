import { DropdownMenu } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { bellTexts, relativeTime, severityIcons, snoozeChoices } from 'weir-client/bell';
import type { Inbox, InboxNotification, Severity } from 'weir-client/inbox';

import { useFormat, useLanguage, useText } from '../../text/language.tsx';
import { Badge } from '../../ui/basics.tsx';
import { Archive, ArchiveRestore, Check, ChevronDown, ChevronRight, Circle, Hourglass, RotateCcw, Trash2 } from '../../ui/icons.ts';
import { Details } from './details.tsx';
import { texts } from './texts.ts';

type Act = (command: (inbox: Inbox) => Promise<void>) => void;

/** As the bell draws it. */
function Sign({ severity }: { severity: Severity }) {
  const t = useText(texts);
  return (
    <svg className="notification__sign" viewBox="0 0 24 24" role="img" aria-label={t.severities[severity]}>
      <path d={severityIcons[severity]} />
    </svg>
  );
}

function Tool({ name, icon, onPress, pressed }: { name: string; icon: ReactNode; onPress: () => void; pressed?: boolean }) {
  return (
    <button type="button" className="button button--quiet button--icon button--small" title={name} aria-label={name} {...(pressed === undefined ? {} : { 'aria-expanded': pressed })} onClick={onPress}>
      {icon}
    </button>
  );
}

function Snooze({ name, onChoose }: { name: string; onChoose: (until: Parameters<Inbox['snooze']>[1]) => void }) {
  const { language } = useLanguage();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button button--quiet button--icon button--small" aria-label={name} title={name}>
        <Hourglass size={14} aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {snoozeChoices(bellTexts(language), new Date()).map(({ text, until }) => (
            <DropdownMenu.Item key={text} className="menu__item" onSelect={() => onChoose(until)}>
              {text}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Tools({ one, act }: { one: InboxNotification; act: Act }) {
  const { acts } = useText(texts);
  const { id } = one;
  const size = 14;
  if (one.snoozedUntil !== null) return <Tool name={acts.unsnooze} icon={<RotateCcw size={size} aria-hidden />} onPress={() => act((inbox) => inbox.unsnooze(id))} />;
  if (one.archivedAt !== null) {
    return (
      <>
        <Tool name={acts.unarchive} icon={<ArchiveRestore size={size} aria-hidden />} onPress={() => act((inbox) => inbox.unarchive(id))} />
        <Tool name={acts.remove} icon={<Trash2 size={size} aria-hidden />} onPress={() => act((inbox) => inbox.remove(id))} />
      </>
    );
  }
  return (
    <>
      {one.readAt === null ? (
        <Tool name={acts.read} icon={<Check size={size} aria-hidden />} onPress={() => act((inbox) => inbox.read(id))} />
      ) : (
        <Tool name={acts.unread} icon={<Circle size={size} aria-hidden />} onPress={() => act((inbox) => inbox.unread(id))} />
      )}
      <Snooze name={acts.snooze} onChoose={(until) => act((inbox) => inbox.snooze(id, until))} />
      <Tool name={acts.archive} icon={<Archive size={size} aria-hidden />} onPress={() => act((inbox) => inbox.archive(id))} />
    </>
  );
}

/** A link of this site stays in the page. */
function Leading({ url, className, onFollow, children }: { url: string; className: string; onFollow: () => void; children: ReactNode }) {
  if (url.startsWith('/') && !url.startsWith('//')) {
    return (
      <Link className={className} to={url} onClick={onFollow}>
        {children}
      </Link>
    );
  }
  return (
    <a className={className} href={/^https?:/i.test(url) ? url : undefined} onClick={onFollow} rel="noreferrer">
      {children}
    </a>
  );
}

/** One notification, with everything about it on demand. */
export function NotificationRow({ one, inbox, act, now }: { one: InboxNotification; inbox: Inbox; act: Act; now: number }) {
  const t = useText(texts);
  const format = useFormat();
  const { language } = useLanguage();
  const [open, setOpen] = useState(false);
  const unread = one.readAt === null && one.archivedAt === null;
  const follow = () => {
    if (unread) act((each) => each.read(one.id));
  };
  return (
    <li className="notification" data-unread={unread} data-severity={one.severity} data-id={one.id}>
      <div className="notification__head">
        <Sign severity={one.severity} />
        <div className="grow">
          <p className="notification__title">
            {one.actionUrl === null ? (
              <span>{one.title}</span>
            ) : (
              <Leading className="notification__link" url={one.actionUrl} onFollow={follow}>
                {one.title}
              </Leading>
            )}
            {one.count > 1 && <span title={t.times(one.count)}> ×{one.count}</span>} {unread && <Badge tone="accent">{t.unread}</Badge>}
          </p>
          {one.body !== '' && !open && <p className="notification__body">{one.body}</p>}
          {one.actions.length > 0 && (
            <div className="row notification__actions">
              {one.actions.map(({ label, url }) => (
                <Leading key={label} className="button button--small" url={url} onFollow={follow}>
                  {label}
                </Leading>
              ))}
            </div>
          )}
          <p className="muted notification__foot">
            <time dateTime={new Date(one.createdAt).toISOString()} title={format.dateTime(one.createdAt)}>
              {relativeTime(one.createdAt, now, language)}
            </time>
            {one.type !== '' && (
              <>
                {' · '}
                <span lang="en">{one.type}</span>
              </>
            )}
            {one.snoozedUntil !== null && ` · ${t.until(format.dateTime(one.snoozedUntil))}`}
          </p>
        </div>
        <div className="notification__tools">
          <Tools one={one} act={act} />
          <Tool name={t.acts.details} pressed={open} icon={open ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />} onPress={() => setOpen(!open)} />
        </div>
      </div>
      {open && <Details inbox={inbox} notification={one} />}
    </li>
  );
}
