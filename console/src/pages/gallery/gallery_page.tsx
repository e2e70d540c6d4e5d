import { useEffect, useState } from 'react';
import { Link } from 'react-router';

import { perFrame } from '../../live/frames.ts';
import { newLink, reduceLink } from '../../live/link.ts';
import { createStore, useStore } from '../../live/store.ts';
import { openStream, type LiveEvent } from '../../live/stream.ts';
import { Indicator } from '../../shell/indicator.tsx';
import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Play, Square } from '../../ui/icons.ts';
import { RefusedNote } from '../../ui/refused_note.tsx';
import { examples, type Example } from './examples.ts';
import { Preview } from './previews.tsx';
import { noPreviews, reducePreviews, type Previews } from './previews_state.ts';
import { useProduction } from './producing.ts';
import { texts } from './texts.ts';
import '../../../../examples/examples.css';
import './gallery.css';

/** How many of the newest events the cards begin with. */
const newest = 200;

const producers = () => Promise.all(examples.map((example) => example.producer()));

/** One stream for all cards: browsers allow few connections to a host. */
function usePreviews() {
  const [stores] = useState(() => ({ previews: createStore(reducePreviews, noPreviews), link: createStore(reduceLink, newLink) }));
  useEffect(() => {
    const batch = perFrame<LiveEvent>(stores.previews.dispatch);
    const stream = openStream({ match: ['examples/**'], last: newest, onEvent: batch.add, onLink: stores.link.dispatch });
    return () => {
      stream.close();
      batch.flush();
    };
  }, [stores]);
  return { previews: useStore(stores.previews, (state) => state), link: useStore(stores.link, (state) => state) };
}

function Card({ example, state }: { example: Example; state: Previews }) {
  const t = useText(texts);
  const format = useFormat();
  const title = useText(example.title);
  const about = useText(example.about);
  const Icon = example.icon;
  const count = state.counts[example.name] ?? 0;
  return (
    <li className="panel gallery__card" data-testid={`card-${example.name}`}>
      <h2>
        <Icon size={16} aria-hidden />
        <Link to={`/gallery/${example.name}`}>{title}</Link>
      </h2>
      <p className="muted">{about}</p>
      <div className="gallery__preview" role="group" aria-label={t.preview}>
        <Preview name={example.name} state={state} />
      </div>
      <p className="gallery__count muted">{t.events(count, format.count(count))}</p>
    </li>
  );
}

/** All examples, each with what comes to it at this moment. */
export default function GalleryPage() {
  const t = useText(texts);
  const { previews, link } = usePreviews();
  const { running, error, start, stop } = useProduction(producers);
  return (
    <div className="page">
      <PageHead title={t.gallery} hint={t.galleryHint}>
        <Indicator link={link} testId="gallery-state" />
        <button type="button" className="button button--main" title={t.startAllHint} onClick={() => (running ? stop() : start(`gallery-${Date.now().toString(36)}`))} data-testid="produce">
          {running ? <Square size={13} aria-hidden /> : <Play size={14} aria-hidden />}
          {running ? t.stopAll : t.startAll}
        </button>
      </PageHead>
      <RefusedNote error={error} />
      <ul className="gallery" data-testid="gallery">
        {examples.map((example) => (
          <Card key={example.name} example={example} state={previews} />
        ))}
      </ul>
    </div>
  );
}
