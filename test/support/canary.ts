/** A password that must appear nowhere, and the search for it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** With what URLs, JSON, YAML, GStreamer and shells would escape. */
export const CANARY = 'Cn4ry-7f3a91/p@ss "w+rd';
export const CANARY_USER = 'guard';

/** Every spelling it takes on its way to a camera, by the name it is reported under. */
function spellings(realms: readonly string[]): readonly (readonly [name: string, text: string])[] {
  const bare = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '');
  const digest = (realm: string): string =>
    createHash('md5').update(`${CANARY_USER}:${realm}:${CANARY}`).digest('hex');
  return [
    ['raw', CANARY],
    ['raw, its beginning', 'Cn4ry-7f3a91'],
    ['URL-encoded', encodeURIComponent(CANARY)],
    ['URI-encoded', encodeURI(CANARY)],
    ['in JSON', JSON.stringify(CANARY).slice(1, -1)],
    // Three ways to stand in a longer base64 text; the last characters depend on what follows.
    ...['', 'x', 'xx'].map((before, i) => {
      const skip = [0, 2, 3][i] ?? 0;
      return ['base64', bare(before + CANARY).slice(skip, -2)] as const;
    }),
    ['base64 of user:password', bare(`${CANARY_USER}:${CANARY}`)],
    ...realms.map((realm) => [`Digest secret for ${realm}`, digest(realm)] as const),
  ];
}

/** In which spellings a text or picture holds it; empty if in none. */
export function canaryIn(content: string | Uint8Array, realms: readonly string[] = []): string[] {
  const text = typeof content === 'string' ? content : Buffer.from(content).toString('latin1');
  return spellings(realms).flatMap(([name, spelling]) => (text.includes(spelling) ? [name] : []));
}

/** All files below a folder; those that vanish meanwhile are left out. */
export function filesBelow(folder: string): { readonly path: string; readonly content: Buffer }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(folder, name);
    try {
      return statSync(path).isFile() ? [{ path, content: readFileSync(path) }] : [];
    } catch {
      return [];
    }
  });
}

/** A process and all below it. */
export function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}
