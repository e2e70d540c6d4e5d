import { useNavigate, Link } from 'react-router';
import { NotificationBell } from 'weir-client/react';

import { defineText, useLanguage, useText } from '../text/language.tsx';
import { useTheme } from '../theme/theme.ts';
import { useViewer } from './viewer.tsx';
import './bell.css';

const texts = defineText({ en: { all: 'All notifications' }, ru: { all: 'Все уведомления' } });

/** The bell in the head of every page; nothing where nobody has notifications. */
export function Bell() {
  const t = useText(texts);
  const { language } = useLanguage();
  const theme = useTheme();
  const navigate = useNavigate();
  const { inbox } = useViewer();
  if (inbox?.inbox === undefined) return null;
  return (
    <NotificationBell
      className="bell"
      inbox={inbox.inbox}
      language={language}
      theme={theme}
      onNavigate={({ url }) => {
        const { origin, pathname, search, hash } = new URL(url, window.location.href);
        // The pages of the console are shown without loading it anew.
        if (origin === window.location.origin) void navigate(pathname + search + hash);
        else window.location.assign(url);
      }}
    >
      <Link to="/notifications">{t.all}</Link>
    </NotificationBell>
  );
}
