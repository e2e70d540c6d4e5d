const width = 100;
const height = 40;

/** The path of a course of values, newest at the right edge; null is a hole. `slots` is how many fit. */
export function sparklinePath(values: readonly (number | null)[], slots: number, top: number): string {
  const x = (i: number) => width - ((values.length - 1 - i) * width) / (slots - 1);
  const y = (value: number) => height - 1 - (value / top) * (height - 3);
  let path = '';
  let drawing = false;
  values.forEach((value, i) => {
    if (value === null) {
      drawing = false;
      return;
    }
    path += `${drawing ? 'L' : 'M'}${x(i).toFixed(2)} ${y(value).toFixed(2)}`;
    drawing = true;
  });
  return path;
}

interface SparklineProps {
  series: readonly (readonly (number | null)[])[];
  slots: number;
  /** The value at the upper edge, unless one is higher. */
  top: number;
}

/** The last minutes of a figure that stands beside it in words; nothing for who cannot see it. */
export function Sparkline({ series, slots, top }: SparklineProps) {
  const highest = Math.max(top, ...series.flatMap((values) => values.map((value) => value ?? 0)));
  return (
    <svg className="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {series.map((values, i) => (
        <path key={i} className={`sparkline__line sparkline__line--${i + 1}`} d={sparklinePath(values, slots, highest)} />
      ))}
    </svg>
  );
}
