import 'uplot/dist/uPlot.min.css';

import uPlot from 'uplot';
import { useEffect, useMemo, useRef } from 'react';

import { useTheme } from '../theme/theme.ts';

export interface Series {
  label: string;
  values: readonly (number | null)[];
}

interface ChartProps {
  /** Seconds since 1970, one for each value. */
  times: readonly number[];
  series: readonly Series[];
  /** A value as a person reads it. */
  format: (value: number) => string;
  /** Time of day of a moment in seconds since 1970. */
  clock: (seconds: number) => string;
  /** The window, in seconds, that ends at the newest time. */
  window: number;
  /** For who cannot see it. */
  label: string;
}

const height = 170;
const axisWidth = 68;
const sync = uPlot.sync('charts');

/** Colours are the page's own: a canvas has to be told them. */
function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function optionsOf({ series, format, clock, width }: Pick<ChartProps, 'series' | 'format' | 'clock'> & { width: number }): uPlot.Options {
  const axis = {
    stroke: token('--muted'),
    font: `11px ${token('--sans')}`,
    grid: { stroke: token('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: [8, 12, 0, 0],
    cursor: { sync: { key: sync.key }, drag: { x: false, y: false }, points: { size: 6 } },
    legend: { show: false },
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(max * 1.1, Number.MIN_VALUE)] } },
    axes: [
      { ...axis, space: 90, size: 26, values: (_, splits) => splits.map(clock) },
      { ...axis, size: axisWidth, space: 34, values: (_, splits) => splits.map(format) },
    ],
    series: [
      {},
      ...series.map(({ label }, i) => ({
        label,
        stroke: token(`--series-${i + 1}`),
        width: 1.5,
        // A second line is told apart by its dashes, too.
        ...(i > 0 ? { dash: [6 - i, 3] } : {}),
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}

/** Courses over time. The figures under the pointer stand in the legend, which otherwise shows the newest. */
export function Chart({ times, series, format, clock, window: seconds, label }: ChartProps) {
  const theme = useTheme();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const legend = useRef<(HTMLElement | null)[]>([]);
  const shape = series.map((each) => each.label).join('\n');
  const latest = useRef({ series, format, clock });
  latest.current = { series, format, clock };
  const data = useMemo(() => [times, ...series.map((each) => each.values)] as unknown as uPlot.AlignedData, [times, series]);
  const current = useRef(data);
  current.current = data;

  const showLegend = (index: number | null | undefined) => {
    latest.current.series.forEach(({ values }, i) => {
      const value = index === null || index === undefined ? values.at(-1) : values[index];
      const element = legend.current[i];
      if (element) element.textContent = value === null || value === undefined ? '–' : latest.current.format(value);
    });
  };
  const show = useRef(showLegend);
  show.current = showLegend;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const options = optionsOf({
      series: latest.current.series,
      format: (value) => latest.current.format(value),
      clock: (at) => latest.current.clock(at),
      width: Math.max(element.clientWidth, 200),
    });
    options.hooks = { setCursor: [({ cursor }) => show.current(cursor.left !== undefined && cursor.left >= 0 ? cursor.idx : null)] };
    const made = new uPlot(options, current.current, element);
    plot.current = made;
    const resizes = new ResizeObserver(() => made.setSize({ width: Math.max(element.clientWidth, 200), height }));
    resizes.observe(element);
    return () => {
      resizes.disconnect();
      made.destroy();
      plot.current = null;
    };
    // Another theme is other colours; other series are another plot.
  }, [theme, shape]);

  useEffect(() => {
    const made = plot.current;
    if (made === null) return;
    const newest = times.at(-1) ?? Date.now() / 1000;
    made.batch(() => {
      made.setData(data, false);
      made.setScale('x', { min: newest - seconds, max: newest });
    });
    show.current(made.cursor.left !== undefined && made.cursor.left >= 0 ? made.cursor.idx : null);
  }, [data, times, seconds, theme, shape]);

  return (
    <figure className="chart" aria-label={label}>
      <figcaption className="chart__legend">
        {series.map((each, i) => (
          <span key={each.label} className="chart__entry">
            <span className={`chart__mark chart__mark--${i + 1}`} aria-hidden />
            {each.label}{' '}
            <b
              ref={(element) => {
                legend.current[i] = element;
              }}
            />
          </span>
        ))}
      </figcaption>
      <div ref={place} className="chart__plot" aria-hidden />
    </figure>
  );
}
