import { useState } from 'react';
import { toast } from 'sonner';

import { messageOf } from '../api/http.ts';
import { useText } from '../text/language.tsx';
import { Play } from '../ui/icons.ts';
import { execute, newKey } from '../workflow/api.ts';
import { useDefinitions } from '../workflow/use_definitions.ts';
import { texts } from './texts.ts';

/** What the demo brings to make cards with. */
const sampleWorkflow = 'product-card';
const lines = ['Desk Nova, birch, 120x60x74 cm, 24 kg, natural', 'Kettle Aino, steel, 23x16x22 cm, 1.1 kg, red', 'Mirror Lux, glass, 60x2x90 cm, 7.4 kg, silver'];

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
      await Promise.all(lines.map((line) => execute(sampleWorkflow, { owner, line }, newKey())));
      toast.success(t.samplesStarted(lines.length));
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
