/** Everything there is to say of one stream, for people. */
import { stringify } from 'yaml';
import type { StreamView } from '../../supervisor/views.js';
import { age, due, visible } from '../text.js';
import { skewWords } from '../../streams/camera-clock.js';
import { resolution, stateWord } from './stream-words.js';

const ORIGINS: Readonly<Record<StreamView['origin'], string>> = {
  spec: 'as in the spec',
  added: 'added at run time',
  changed: 'in the spec, changed at run time',
};

/** Each with its lines; those without any are left out. */
const SECTIONS: readonly (readonly [title: string, lines: (stream: StreamView) => readonly string[]])[] = [
  ['state', state],
  ['cause', cause],
  ['next', next],
  ['trouble', troubles],
  ['picture', picture],
  ['decodes', decodes],
  ['clock', clock],
  ['rates', rates],
  ['pipeline', ({ pipeline }) => [pipeline]],
  ['origin', ({ origin }) => [ORIGINS[origin]]],
  ['spec', ({ spec }) => stringify(spec).trimEnd().split('\n')],
  ['counters', counters],
];

export function streamCard(stream: StreamView): string {
  const width = Math.max(...SECTIONS.map(([title]) => title.length)) + 4;
  const lines = SECTIONS.flatMap(([title, of]) =>
    of(stream).map((line, i) => `${(i === 0 ? `  ${title}` : '').padEnd(width)}${line}`),
  );
  return [stream.id, ...lines].join('\n');
}

function state(stream: StreamView): string[] {
  const { phase, since } = stream;
  return [
    `${stateWord(stream)}${phase === undefined ? '' : `: ${phase}`}, for ${age(since)} (since ${since})`,
  ];
}

function cause({ cause: word, message }: StreamView): string[] {
  const text = [word, message].filter((each) => each !== undefined).join(': ');
  return text ? [visible(text)] : [];
}

function next({ retryAt }: StreamView): string[] {
  return retryAt === undefined ? [] : [`connects again ${due(retryAt)} (${retryAt})`];
}

function troubles(stream: StreamView): string[] {
  return stream.troubles.map(({ kind, since, message }) => visible(`${kind} for ${age(since)}: ${message}`));
}

function picture(stream: StreamView): string[] {
  if (!stream.format) return [];
  const { codec, fps } = stream.format;
  return [`${resolution(stream)} ${codec}${fps > 0 ? `, ${fps} fps by its own account` : ''}`];
}

function decodes({ decoding }: StreamView): string[] {
  return decoding ? [`${decoding.mode}: ${decoding.why}`] : [];
}

function clock({ clock: told }: StreamView): string[] {
  if (!told) return [];
  const { source, skewSeconds } = told;
  if (skewSeconds === undefined) return ["this machine's: the camera has not told its own"];
  const skew = skewWords(skewSeconds);
  return [
    source === 'rtcp' ? `the camera's, ${skew}` : `this machine's: the camera's, ${skew}, is not believed`,
  ];
}

function rates({ fps, inferencesPerSecond, latencyMs, lastFrameAgeMs }: StreamView): string[] {
  const last = lastFrameAgeMs < 0 ? 'no frame yet' : `last frame ${Math.round(lastFrameAgeMs)} ms ago`;
  const each = [`${fps.toFixed(1)} fps`, `${inferencesPerSecond.toFixed(1)} inferences/s`];
  return [[...each, `latency ${Math.round(latencyMs)} ms`, last].join(', ')];
}

/** Without zeros. */
function counters({ counters: all = {} }: StreamView): string[] {
  return Object.entries(all)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${name} ${count}`);
}
