import { useMemo, useState } from 'react';

import { useText } from '../../text/language.tsx';
import { Panel } from '../../ui/basics.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { tokens } from './highlight.ts';
import type { SourceFile } from './sources.ts';
import { texts } from './texts.ts';

/** Files to read and to copy, one at a time. */
export function SourceView({ files }: { files: readonly SourceFile[] }) {
  const t = useText(texts);
  const [chosen, choose] = useState('');
  const file = files.find(({ name }) => name === chosen) ?? files[0];
  const pieces = useMemo(() => tokens(file?.text ?? ''), [file]);
  if (file === undefined) return null;
  return (
    <Panel title={t.source} aside={<CopyButton text={file.text} what={file.name} />} flush className="source">
      <div className="row source__files" role="group" aria-label={t.files}>
        {files.map(({ name }) => (
          <button key={name} type="button" className="button button--small mono" aria-pressed={name === file.name} onClick={() => choose(name)}>
            {name}
          </button>
        ))}
      </div>
      <pre className="source__text" tabIndex={0} aria-label={file.name} lang="en" data-testid="source">
        <code>
          {pieces.map(({ kind, text }, i) =>
            kind === 'plain' ? (
              text
            ) : (
              <span key={i} className={`source__${kind}`}>
                {text}
              </span>
            ),
          )}
        </code>
      </pre>
    </Panel>
  );
}
