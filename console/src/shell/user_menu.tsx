import { DropdownMenu } from 'radix-ui';

import { useViewer } from '../notifications/viewer.tsx';
import { defineText, useText } from '../text/language.tsx';
import { CircleUser } from '../ui/icons.ts';
import { Choice, Menu } from './menus.tsx';

const texts = defineText({
  en: { user: (name: string) => `Look on as another user; now ${name}` },
  ru: { user: (name: string) => `Смотреть как другой пользователь; сейчас ${name}` },
});

/** Who there may be to try things out with. */
const people = ['demo', 'alice', 'bob'];

/** Whose notifications are shown, where the server lets everybody choose. */
export function UserMenu() {
  const t = useText(texts);
  const { user, mayChoose, choose } = useViewer();
  if (!mayChoose || user === null) return null;
  return (
    <Menu label={t.user(user)} icon={<CircleUser size={16} aria-hidden />}>
      <DropdownMenu.RadioGroup value={user} onValueChange={choose}>
        {[...new Set([...people, user])].map((each) => (
          <Choice key={each} value={each}>
            <span lang="en">{each}</span>
          </Choice>
        ))}
      </DropdownMenu.RadioGroup>
    </Menu>
  );
}
