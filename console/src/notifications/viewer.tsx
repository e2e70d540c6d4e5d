// Whose things the console shows, and their inbox: one connection for the bell and the page of notifications.

import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { useInbox, type UseInbox } from 'weir-client/react';

import { useSession } from '../api/session.ts';

interface Viewer {
  /** Null where requests are nobody's in particular. */
  user: string | null;
  /** Whether somebody else may be chosen, for trying things out; who runs the server looks by the address (`?user=`). */
  mayChoose: boolean;
  choose: (user: string) => void;
  /** Undefined where there are no notifications, or nobody whose they would be. */
  inbox: UseInbox | undefined;
}

const Context = createContext<Viewer>({ user: null, mayChoose: false, choose: () => {}, inbox: undefined });

const key = 'weir.user';
// Somebody is looking: they shall not wait half a minute for a server that is back.
const backoffMax = 4_000;

/** What the address says, else what was chosen in this tab: two tabs may be two users. */
function chosenBefore(): string | null {
  try {
    const named = new URLSearchParams(window.location.search).get('user');
    if (named !== null && named !== '') sessionStorage.setItem(key, named);
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

export function ViewerProvider({ children }: { children: ReactNode }) {
  const { session } = useSession();
  const [chosen, setChosen] = useState(chosenBefore);
  const choose = useCallback((user: string) => {
    setChosen(user);
    try {
      sessionStorage.setItem(key, user);
    } catch {
      // It holds until the page is left.
    }
  }, []);
  const own = session?.user ?? null;
  const named = session?.may_choose_user === true && chosen !== own ? chosen : null;
  const user = named ?? own;
  const shown = session?.applications?.includes('notifications') === true && user !== null;
  const inbox = useInbox(shown ? { backoffMax, ...(named === null ? {} : { user: named }) } : null);
  const value = useMemo(
    () => ({ user, mayChoose: session?.may_choose_user === true && !session.required, choose, inbox: shown ? inbox : undefined }),
    [user, session, choose, shown, inbox],
  );
  return <Context value={value}>{children}</Context>;
}

export const useViewer = (): Viewer => useContext(Context);
