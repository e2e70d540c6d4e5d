import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useParams } from 'react-router';

import { newLink, reduceLink, type LinkAction } from '../../live/link.ts';
import { createStore, useStore } from '../../live/store.ts';
import { followLink } from '../../live/stream.ts';
import { Indicator } from '../../shell/indicator.tsx';
import { PageHead } from '../../shell/page_head.tsx';
import { useText } from '../../text/language.tsx';
import { Panel } from '../../ui/basics.tsx';
import { Curl } from '../../ui/curl.tsx';
import { ChevronLeft, Play, Square } from '../../ui/icons.ts';
import { RefusedNote } from '../../ui/refused_note.tsx';
import { findExample, type Example } from './examples.ts';
import { useProduction } from './producing.ts';
import { SourceView } from './source_view.tsx';
import { sourcesOf } from './sources.ts';
import { texts } from './texts.ts';
import '../../../../examples/examples.css';
import './gallery.css';

/** The run that a reload goes on with. */
const runKey = (name: string) => `weir.gallery.${name}`;

function newRun(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `run-${number.toString(36)}`;
}

/** The example in its place, and what is true of its connection. */
function Live({ example, run, onLink }: { example: Example; run: string; onLink: (action: LinkAction) => void }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let left = false;
    let end = () => {};
    void example.mount().then((mount) => {
      if (left || place.current === null) return;
      const client = mount(place.current, run);
      onLink({ type: 'connecting' });
      followLink(client, onLink);
      end = () => client.disconnect();
    });
    return () => {
      left = true;
      end();
    };
  }, [example, run, onLink]);
  return <div ref={place} className="example" lang="en" data-testid="example" />;
}

function RunningExample({ example }: { example: Example }) {
  const t = useText(texts);
  const [link] = useState(() => createStore(reduceLink, newLink));
  const [run, setRun] = useState(() => (example.perRun ? (sessionStorage.getItem(runKey(example.name)) ?? '') : 'run'));
  const [inReact, setInReact] = useState(false);
  const production = useProduction(useCallback(async () => [await example.producer()], [example]));
  const ReactVariant = useMemo(() => (example.react ? lazy(example.react) : null), [example]);
  const linkNow = useStore(link, (state) => state);

  const start = () => {
    const next = example.perRun ? newRun() : run;
    if (example.perRun) {
      sessionStorage.setItem(runKey(example.name), next);
      link.dispatch({ type: 'connecting' });
      setRun(next);
    }
    production.start(next);
  };

  return (
    <Panel
      title={t.live}
      className="gallery__live"
      aside={
        <>
          {run !== '' && !inReact && <Indicator link={linkNow} testId="example-state" />}
          <button type="button" className="button button--main" onClick={production.running ? production.stop : start} data-testid="produce">
            {production.running ? <Square size={13} aria-hidden /> : <Play size={14} aria-hidden />}
            {production.running ? t.stop : t.start}
          </button>
        </>
      }
    >
      <div className="stack">
        <RefusedNote error={production.error} />
        {ReactVariant !== null && (
          <div className="row" role="group" aria-label={t.variant}>
            {['JavaScript', 'React'].map((name) => (
              <button key={name} type="button" className="button button--small" aria-pressed={inReact === (name === 'React')} onClick={() => setInReact(name === 'React')}>
                {name}
              </button>
            ))}
          </div>
        )}
        {run === '' ? (
          <p className="muted">{t.notStarted}</p>
        ) : inReact && ReactVariant !== null ? (
          <div className="example" lang="en" data-testid="example">
            <Suspense>
              <ReactVariant />
            </Suspense>
          </div>
        ) : (
          <Live key={run} example={example} run={run} onLink={link.dispatch} />
        )}
        <p className="muted">{t.startHint}</p>
        <Curl command={example.command.replaceAll('{run}', run === '' ? 'run' : run)} what={t.command} />
      </div>
    </Panel>
  );
}

/** One example, running, beside its source. */
export default function ExamplePage() {
  const t = useText(texts);
  const { '*': name = '' } = useParams();
  const example = findExample(name);
  const title = useText(example?.title ?? { en: name, ru: name });
  const about = useText(example?.about ?? { en: texts.en.unknown, ru: texts.ru.unknown });
  const files = useMemo(() => (example ? sourcesOf(example.name, example.files) : []), [example]);
  return (
    <div className="page">
      <PageHead title={title} hint={about}>
        <Link className="button" to="/gallery">
          <ChevronLeft size={14} aria-hidden />
          {t.back}
        </Link>
      </PageHead>
      {example && (
        <div className="gallery__example" key={example.name}>
          <RunningExample example={example} />
          <SourceView files={files} />
        </div>
      )}
    </div>
  );
}
