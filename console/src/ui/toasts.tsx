import 'sonner/dist/styles.css';

import { Toaster } from 'sonner';

import { useTheme } from '../theme/theme.ts';
import { defineText, useText } from '../text/language.tsx';

const texts = defineText({ en: { region: 'Messages' }, ru: { region: 'Сообщения' } });

export function Toasts() {
  const theme = useTheme();
  const t = useText(texts);
  return <Toaster theme={theme} position="bottom-right" containerAriaLabel={t.region} closeButton={false} visibleToasts={3} />;
}
