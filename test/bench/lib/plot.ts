/** Small charts as SVG: lines over a number, or bars per group, with the spread of each value. No dependencies. */

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Spread, drawn as a whisker. */
  readonly least?: number;
  readonly most?: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface LineChart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** Of the y axis; default: linear, from 0. */
  readonly logarithmic?: boolean;
}

export interface BarChart {
  readonly title: string;
  readonly y: string;
  /** One group of bars per name; point `x` is the group's index. */
  readonly groups: readonly string[];
  readonly series: readonly Series[];
}

const SIZE = { width: 720, height: 380 } as const;
const MARGIN = { left: 64, right: 16, top: 40, bottom: 76 } as const;
const PLOT = {
  width: SIZE.width - MARGIN.left - MARGIN.right,
  height: SIZE.height - MARGIN.top - MARGIN.bottom,
} as const;
/** Told apart by most kinds of colour blindness (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const;
const colour = (index: number): string => COLOURS[index % COLOURS.length] as string;

type Scale = (value: number) => number;

export function lineChart(chart: LineChart): string {
  const points = chart.series.flatMap((series) => series.points).filter(({ y }) => Number.isFinite(y));
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const xScale = linear(xs[0] ?? 0, xs.at(-1) ?? 1, MARGIN.left + 12, MARGIN.left + PLOT.width - 12);
  const { scale: yScale, ticks } = yAxis(points, chart.logarithmic ?? false);
  const drawn = chart.series.map(({ points: all }, i) => {
    const known = all.filter(({ y }) => Number.isFinite(y));
    const path = known.map(({ x, y }) => `${at(xScale(x))},${at(yScale(y))}`).join(' ');
    const line = `<polyline points="${path}" fill="none" stroke="${colour(i)}" stroke-width="2"/>`;
    const dots = known.map((point) => dot(xScale(point.x), point, yScale, colour(i)));
    return [line, ...dots].join('\n');
  });
  const labels = thinned(xs, xScale).map((x) => bottomLabel(xScale(x), show(x)));
  return svg(chart.title, [
    ...frame(ticks, yScale, chart.y),
    ...labels,
    text(MARGIN.left + PLOT.width / 2, SIZE.height - 38, chart.x, 'middle'),
    ...drawn,
    ...legend(chart.series),
  ]);
}

export function barChart(chart: BarChart): string {
  const points = chart.series.flatMap((series) => series.points).filter(({ y }) => Number.isFinite(y));
  const { scale: yScale, ticks } = yAxis(points, false);
  const group = PLOT.width / Math.max(1, chart.groups.length);
  const bar = (group * 0.8) / Math.max(1, chart.series.length);
  const drawn = chart.series.flatMap(({ points: all }, i) =>
    all
      .filter(({ y }) => Number.isFinite(y))
      .map((point) => {
        const left = MARGIN.left + group * (point.x + 0.1) + bar * i;
        const top = yScale(point.y);
        const height = MARGIN.top + PLOT.height - top;
        return (
          `<rect x="${at(left)}" y="${at(top)}" width="${at(bar * 0.92)}" height="${at(height)}" fill="${colour(i)}"/>` +
          whisker(left + bar * 0.46, point, yScale)
        );
      }),
  );
  const labels = chart.groups.map((name, i) => bottomLabel(MARGIN.left + group * (i + 0.5), name));
  return svg(chart.title, [...frame(ticks, yScale, chart.y), ...drawn, ...labels, ...legend(chart.series)]);
}

function linear(from: number, to: number, low: number, high: number): Scale {
  const range = to - from || 1;
  return (value) => low + ((value - from) / range) * (high - low);
}

/** The largest value lies a little below the upper edge. */
function yAxis(points: readonly Point[], logarithmic: boolean): { scale: Scale; ticks: number[] } {
  const [bottom, top] = [MARGIN.top + PLOT.height, MARGIN.top];
  const most = Math.max(...points.map(({ y, most: upper }) => Math.max(y, upper ?? y)), Number.EPSILON);
  if (!logarithmic) {
    const step = niceStep(most);
    const end = Math.ceil((most * 1.02) / step) * step;
    const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
    return { scale: linear(0, end, bottom, top), ticks };
  }
  const least = Math.min(...points.map(({ y }) => y).filter((y) => y > 0), most);
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const scale = linear(from, Math.max(to, from + 1), bottom, top);
  const ticks = Array.from({ length: Math.max(to, from + 1) - from + 1 }, (_, i) => 10 ** (from + i));
  return { scale: (value) => scale(Math.log10(Math.max(value, 10 ** from))), ticks };
}

/** 1, 2 or 5 times a power of ten, four to nine of which make `most`. */
function niceStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 4));
  return ([1, 2, 5].find((factor) => most / (factor * power) <= 9) ?? 10) * power;
}

/** Of those that would overlap, the later one is left out. */
function thinned(xs: readonly number[], scale: Scale): number[] {
  const kept: number[] = [];
  for (const x of xs) if (kept.length === 0 || scale(x) - scale(kept.at(-1) ?? 0) > 22) kept.push(x);
  return kept;
}

function frame(ticks: readonly number[], yScale: Scale, label: string): string[] {
  const [left, right] = [MARGIN.left, MARGIN.left + PLOT.width];
  const lines = ticks.flatMap((tick) => {
    const y = at(yScale(tick));
    return [
      `<line x1="${left}" y1="${y}" x2="${right}" y2="${y}" stroke="#ddd"/>`,
      text(left - 6, yScale(tick) + 4, show(tick), 'end'),
    ];
  });
  const middle = MARGIN.top + PLOT.height / 2;
  return [...lines, `<g transform="rotate(-90 14 ${middle})">${text(14, middle, label, 'middle')}</g>`];
}

function dot(x: number, point: Point, yScale: Scale, fill: string): string {
  return `<circle cx="${at(x)}" cy="${at(yScale(point.y))}" r="3" fill="${fill}"/>${whisker(x, point, yScale)}`;
}

function whisker(x: number, { least, most }: Point, yScale: Scale): string {
  if (least === undefined || most === undefined || least === most) return '';
  const [from, to] = [at(yScale(least)), at(yScale(most))];
  return `<line x1="${at(x)}" y1="${from}" x2="${at(x)}" y2="${to}" stroke="#333"/>`;
}

function bottomLabel(x: number, label: string): string {
  return text(x, MARGIN.top + PLOT.height + 16, label, 'middle');
}

function legend(series: readonly Series[]): string[] {
  const width = PLOT.width / Math.max(1, series.length);
  const y = SIZE.height - 14;
  return series.map(({ name }, i) => {
    const x = MARGIN.left + i * width;
    return `<rect x="${at(x)}" y="${y - 9}" width="10" height="10" fill="${colour(i)}"/>${text(x + 14, y, name, 'start')}`;
  });
}

function svg(title: string, content: readonly string[]): string {
  const { width, height } = SIZE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="22" font-size="15" fill="#111">${escape(title)}</text>`,
    ...content,
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" fill="#333">${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Coordinates to a tenth of a pixel. */
function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function show(value: number): string {
  return String(Number(value.toPrecision(6)));
}
