/** How a camera becomes a stream: the lines for weir.yaml, and the command for an appliance that runs. */
import { stringify } from 'yaml';

export interface StreamDraft {
  readonly id: string;
  /** What is analysed. */
  readonly uri: string;
  /** What is shown live and recorded, where that is another one. */
  readonly mainUri?: string;
  readonly user?: string;
  readonly password?: string;
  readonly transport?: 'tcp' | 'udp';
  readonly fps?: number;
}

/** As it stands below `streams:`. */
export function yamlSnippet({ uri, mainUri, transport, fps, ...rest }: StreamDraft): string {
  const { id, ...login } = rest;
  const stream = {
    id,
    uri: mainUri === undefined ? uri : { analyse: uri, live: mainUri, record: mainUri },
    ...login,
    ...(transport === 'udp' && { transport }),
    ...(fps !== undefined && { fps }),
  };
  return stringify([stream], { lineWidth: 0 }).trimEnd().replace(/^/gm, '      ');
}

/** For a shell. */
export function addCommand({ id, uri, mainUri, user, password, transport, fps }: StreamDraft): string {
  const options: readonly (readonly [name: string, value: string | undefined])[] = [
    ['--live-uri', mainUri],
    ['--record-uri', mainUri],
    ['--user', user],
    ['--password', password],
    ['--transport', transport === 'udp' ? transport : undefined],
    ['--fps', fps === undefined ? undefined : String(fps)],
  ];
  const given = options.flatMap(([name, value]) => (value === undefined ? [] : [name, quoted(value)]));
  return ['weir streams add', id, quoted(uri), ...given].join(' ');
}

function quoted(word: string): string {
  return /^[A-Za-z0-9_./:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** An id from words about a camera, of which nothing may be fit for one. */
export function idFrom(words: string): string {
  const id = words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return id === '' || id === 'ctl' ? 'camera' : id;
}
