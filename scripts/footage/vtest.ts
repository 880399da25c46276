/** Filmed pedestrians: vtest.avi of Debian's opencv-doc, encoded as cameras would send it. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Encoding, encoder, transcode, writeWhole } from './encode.js';

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));
const FOOTAGE = join(CACHE, 'footage');
const PACKAGE = 'opencv-doc';
const MEMBER = './usr/share/doc/opencv-doc/examples/data/vtest.avi';
const SHA256 = '45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf';

export interface Rendition extends Encoding {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/**
 * Frame n of each is frame n of the original, which was filmed at 10 per second: at 15 time runs faster, but no
 * picture is a repetition that would be cheaper to decode than film is. 360p is scaled from 4:3 without borders,
 * so people are a third wider than they were.
 */
export const RENDITIONS = {
  'vtest-576': rendition('vtest-576.h264', { width: 768, height: 576, frames: 795, fps: 10, quantiser: 20 }),
  'vtest-360p': rendition('vtest-360p.h264', {
    width: 640,
    height: 360,
    frames: 795,
    fps: 15,
    quantiser: 24,
  }),
  'vtest-360p-h265': rendition('vtest-360p.h265', {
    ...{ width: 640, height: 360, frames: 150, fps: 15, quantiser: 24, codec: 'h265' },
  }),
} as const satisfies Record<string, Rendition>;

function rendition(
  name: string,
  format: Omit<Rendition, 'file' | 'codec'> & { codec?: Rendition['codec'] },
): Rendition {
  return { codec: 'h264', ...format, file: join(FOOTAGE, name) };
}

/** Builds the renditions that are missing. Progress on standard error; rejects with the reason and a remedy. */
export const buildFootage = (): Promise<void> => buildRenditions(Object.values(RENDITIONS));

export async function buildRenditions(renditions: readonly Rendition[]): Promise<void> {
  for (const missing of renditions.filter(({ file }) => !existsSync(file))) {
    const film = await fetchFilm();
    console.error(`footage: encoding ${missing.file}`);
    await writeWhole(missing.file, (part) => transcode(film, recipe(missing), part));
  }
}

function recipe(to: Rendition): string[] {
  const raw = `video/x-raw,format=I420,width=${to.width},height=${to.height},pixel-aspect-ratio=1/1`;
  return [
    ...['avidemux', '!', 'avdec_msmpeg4', '!', 'identity', `eos-after=${to.frames + 1}`],
    ...['!', 'videoconvert', '!', 'videoscale', 'add-borders=false', '!', raw],
    ...['!', 'capssetter', `caps=video/x-raw,framerate=${to.fps}/1`, '!', ...encoder(to)],
  ];
}

/** Path of vtest.avi, taken out of its package when it is not there yet. */
async function fetchFilm(): Promise<string> {
  const film = join(FOOTAGE, 'vtest.avi');
  if (!existsSync(film)) {
    const workspace = await mkdtemp(join(CACHE, 'download-'));
    try {
      const archive = findArchive(CACHE) ?? (await download(workspace));
      await writeWhole(film, (part) => extract(archive, part));
    } finally {
      await rm(workspace, { recursive: true, force: true });
    }
  }
  return film;
}

function findArchive(folder: string): string | undefined {
  const name = readdirSync(folder).find((file) => file.startsWith(`${PACKAGE}_`) && file.endsWith('.deb'));
  return name && join(folder, name);
}

async function download(folder: string): Promise<string> {
  console.error(`footage: downloading the Debian package ${PACKAGE} (about 96 MB)`);
  // As root apt would drop its privileges and complain that it cannot write into the folder.
  const args = ['-q', '-o', 'APT::Sandbox::User=root', 'download', PACKAGE];
  const child = spawn('apt-get', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const complaints: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  const reason = await once(child, 'close').then(
    () => Buffer.concat(complaints).toString().trim(),
    (error: Error) => error.message,
  );
  const archive = findArchive(folder);
  if (child.exitCode === 0 && archive) return archive;
  throw new Error(
    `apt-get download ${PACKAGE} failed: ${reason}\n` +
      `Run apt-get update and see that a mirror is reachable, or put ${PACKAGE}_*_all.deb into ${CACHE}.`,
  );
}

async function extract(archive: string, to: string): Promise<void> {
  const out = openSync(to, 'w');
  try {
    const unpack = spawn('dpkg-deb', ['--fsys-tarfile', archive], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pick = spawn('tar', ['-xO', '--occurrence=1', MEMBER], { stdio: [unpack.stdout, out, 'ignore'] });
    unpack.stdout.destroy(); // tar has it: without this dpkg-deb would not notice that tar is done
    await Promise.all([once(pick, 'close'), once(unpack, 'close')]);
  } finally {
    closeSync(out);
  }
  const hash = createHash('sha256')
    .update(await readFile(to))
    .digest('hex');
  if (hash === SHA256) return;
  throw new Error(
    `${archive}: ${MEMBER} has SHA-256 ${hash}, expected ${SHA256}.\n` +
      'The package is damaged (delete it and try again) or holds another film, for which there are no labels.',
  );
}
