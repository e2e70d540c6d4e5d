import { useState } from 'react';
import { toast } from 'sonner';

import { messageOf } from '../api/http.ts';
import { useText } from '../text/language.tsx';
import { Play } from '../ui/icons.ts';
import { execute } from '../workflow/api.ts';
import { useDefinitions } from '../workflow/use_definitions.ts';
import { texts } from './texts.ts';

/** What the demo brings to make cards with. */
const sampleWorkflow = 'product-card';
const runs = 3;

/** Starts the demo's workflow some times for this owner; nothing where there is none. */
export function SampleButton({ owner }: { owner: string }) {
  const t = useText(texts);
  const [busy, setBusy] = useState(false);
  const { data: definitions } = useDefinitions();
  if (!definitions?.some(({ id }) => id === sampleWorkflow)) return null;
  const start = async () => {
    if (busy) return;
    setBusy(true);
    try {
      // Keys of their own: each is another run.
      await Promise.all(Array.from({ length: runs }, () => execute(sampleWorkflow, { owner }, `sample-${Date.now()}-${Math.random()}`)));
      toast.success(t.samplesStarted(runs));
    } catch (error) {
      toast.error(t.failed, { description: messageOf(error) });
    }
    setBusy(false);
  };
  return (
    <button type="button" className="button button--main" aria-disabled={busy} onClick={() => void start()} data-testid="samples">
      <Play size={14} aria-hidden />
      {t.samples}
    </button>
  );
}
