import { useState } from 'react';
import { toast } from 'sonner';

import { messageOf, request } from '../../api/http.ts';
import { useText } from '../../text/language.tsx';
import { Note, Panel } from '../../ui/basics.tsx';
import { Curl } from '../../ui/curl.tsx';
import { RotateCw } from '../../ui/icons.ts';
import { paths, type Hook, type SavedDefinition } from '../api.ts';
import type { Definition } from '../types.ts';
import { texts } from './texts.ts';

interface WebhooksProps {
  id: string;
  definition: Definition;
  /** Those whose addresses were just made. */
  made: readonly Hook[];
}

/** The addresses that start the workflow. The server keeps no token that could be shown: only a new one can be made. */
export function Webhooks({ id, definition, made }: WebhooksProps) {
  const t = useText(texts);
  const [renewed, setRenewed] = useState<readonly Hook[]>([]);
  const hooks = (definition.triggers ?? []).filter(({ type }) => type === 'webhook').map((trigger) => String(trigger['id']));
  if (hooks.length === 0) return null;
  const renew = async (hook: string) => {
    try {
      const { hooks: fresh = [] } = await request<SavedDefinition>(paths.hookToken(id, hook), { method: 'POST' });
      setRenewed((before) => [...before.filter((each) => each.id !== hook), ...fresh]);
    } catch (error) {
      toast.error(t.failed, { description: messageOf(error) });
    }
  };
  return (
    <Panel title={t.hooks} hint={t.hooksHint}>
      <ul className="stack" data-testid="hooks">
        {hooks.map((hook) => {
          const known = [...renewed, ...made].find((each) => each.id === hook);
          return (
            <li key={hook} className="stack">
              <div className="row">
                <code>{hook}</code>
                <button type="button" className="button button--small" onClick={() => void renew(hook)}>
                  <RotateCw size={13} aria-hidden />
                  {t.hookNew}
                </button>
              </div>
              {known !== undefined && (
                <>
                  <Note tone="warn">{t.hookMade}</Note>
                  <Curl command={`curl --json '{}' {base}${known.url}`} what={t.hookWhat(hook)} />
                </>
              )}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
