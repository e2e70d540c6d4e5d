import { useEffect, useRef } from 'react';

import { useFormat, useText } from '../../text/language.tsx';
import { Pause, Play, Radio } from '../../ui/icons.ts';
import type { Replay } from '../replay.ts';
import { texts } from './texts.ts';

interface ScrubberProps {
  replay: Replay;
  /** Events that have happened at the moment that is shown; null: the present. */
  at: number | null;
  playing: boolean;
  speed: number;
  /** Somebody is about to use it: the run's log is needed. */
  onWanted: () => void;
  onMove: (at: number | null) => void;
  onPlay: (playing: boolean) => void;
  onSpeed: (speed: number) => void;
}

const speeds = [1, 4, 16] as const;

/** Milliseconds; a pause of the run that is longer is played as if it were so long. */
const pauseMax = 2_000;

/** Moves on as the run did, by its own times. */
function usePlayback({ replay, at, playing, speed, onMove, onPlay }: ScrubberProps): void {
  const latest = useRef({ at, onMove, onPlay });
  latest.current = { at, onMove, onPlay };
  useEffect(() => {
    if (!playing) return undefined;
    let frame = 0;
    let before = performance.now();
    let waited = 0;
    const step = (time: number) => {
      waited += (time - before) * speed;
      before = time;
      const from = latest.current.at ?? replay.length;
      let count = from;
      while (count < replay.length) {
        const pause = count === 0 ? 0 : Math.min(pauseMax, replay.timeAt(count + 1) - replay.timeAt(count));
        if (waited < pause) break;
        waited -= pause;
        ++count;
      }
      if (count !== from) latest.current.onMove(count);
      if (count >= replay.length) latest.current.onPlay(false);
      else frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [replay, playing, speed]);
}

/** Goes back and forth in the run's own log. */
export function Scrubber(props: ScrubberProps) {
  const { replay, at, playing, speed, onWanted, onMove, onPlay, onSpeed } = props;
  const t = useText(texts).scrub;
  const format = useFormat();
  usePlayback(props);
  const position = at ?? replay.length;
  const label = at === null ? t.now : position === 0 ? t.begin : t.of(format.count(position), format.count(replay.length));
  const PlayIcon = playing ? Pause : Play;
  return (
    <div className="scrubber" role="group" aria-label={t.title} data-testid="scrubber" data-events={replay.length} onPointerEnter={onWanted} onFocus={onWanted}>
      <button
        type="button"
        className="button button--icon button--small"
        aria-label={playing ? t.pause : t.play}
        title={playing ? t.pause : t.play}
        data-testid="scrub-play"
        onClick={() => {
          // At the end it begins anew.
          if (!playing && position >= replay.length) onMove(0);
          onPlay(!playing);
        }}
      >
        <PlayIcon size={14} aria-hidden />
      </button>
      <input
        className="scrubber__range"
        type="range"
        min={0}
        max={Math.max(1, replay.length)}
        value={at ?? Math.max(1, replay.length)}
        aria-label={t.position}
        aria-valuetext={label}
        data-testid="scrub"
        onChange={(event) => {
          onPlay(false);
          onMove(Number(event.target.value));
        }}
      />
      <span className="scrubber__at muted nowrap">
        {label}
        {at !== null && position > 0 && <span className="scrubber__clock mono">{format.clockMs(replay.timeAt(position))}</span>}
      </span>
      <select className="input scrubber__speed" aria-label={t.speed} value={speed} onChange={(event) => onSpeed(Number(event.target.value))}>
        {speeds.map((each) => (
          <option key={each} value={each}>
            ×{each}
          </option>
        ))}
      </select>
      <button type="button" className="button button--small" data-testid="scrub-live" aria-disabled={at === null} onClick={() => onMove(null)}>
        <Radio size={13} aria-hidden />
        {t.live}
      </button>
    </div>
  );
}
