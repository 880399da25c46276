/** The cameras of the bench: most of them in one program, some each in one of its own. */
import { type Camsim, type CamsimConfig, startCamsim } from '../../support/camsim.js';
import { cameraScene, FPS, otherScene } from '../../support/fleet/scenes.js';
import { freePort } from '../../support/wait.js';
import type { Files, Kind, Victim } from './types.js';

const KINDS: Readonly<Record<Kind | 'witness', number>> = { witness: 4, tcp: 12, udp: 4, process: 4 };

interface Place {
  readonly id: string;
  readonly kind: Kind | 'witness';
  readonly camera: number;
  readonly files: Files;
}

export interface Cameras extends AsyncDisposable {
  readonly victims: readonly Victim[];
  /** The scene of each camera that nothing is done to. */
  readonly witnesses: ReadonlyMap<string, number>;
  /** Of all, as in the spec. */
  readonly streams: readonly Victim['stream'][];
}

export async function startCameras(): Promise<Cameras> {
  const places = await scenery();
  const together = places.filter(({ kind }) => kind !== 'process').map(played);
  const common = await startCamsim({ cameras: together, ownPort: true });
  const victims: Victim[] = [];
  const stop = async (): Promise<void> => {
    for (const sim of new Set([common, ...victims.map(({ sim }) => sim)])) await sim.stop();
  };
  try {
    for (const place of places) {
      if (place.kind === 'process') victims.push(await alone(place));
      else if (place.kind !== 'witness') victims.push(among(place, place.kind, common));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const witnesses = places.filter(({ kind }) => kind === 'witness');
  return {
    victims,
    witnesses: new Map(witnesses.map(({ id, camera }) => [id, camera])),
    streams: [...witnesses.map((place) => declared(place, common)), ...victims.map(({ stream }) => stream)],
    [Symbol.asyncDispose]: stop,
  };
}

async function scenery(): Promise<Place[]> {
  const kinds = Object.entries(KINDS) as [Kind | 'witness', number][];
  const named = kinds.flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, i) => ({ kind, id: `${kind}-${i + 1}` })),
  );
  const scenes = await Promise.all(named.map((_, camera) => cameraScene(camera)));
  const [first] = scenes;
  if (!first) throw new Error('no cameras');
  const others = { half: await otherScene(first, 'h264', 2), h265: await otherScene(first, 'h265', 1) };
  return named.map((place, camera) => ({
    ...place,
    camera,
    files: { usual: scenes[camera]?.file ?? '', ...others },
  }));
}

function played({ id, files }: Place): CamsimConfig['cameras'][number] {
  return { id, file: files.usual, fps: FPS };
}

function declared({ id, kind }: Place, sim: Camsim): Victim['stream'] {
  return { id, uri: sim.uris[id] ?? '', fps: FPS, transport: kind === 'udp' ? 'udp' : 'tcp' };
}

function among(place: Place, kind: Kind, sim: Camsim): Victim {
  const revive = () => Promise.reject(new Error(`${place.id} is not alone in its program`));
  return { ...place, kind, stream: declared(place, sim), sim, revive };
}

async function alone(place: Place): Promise<Victim> {
  const config = { port: await freePort(), cameras: [played(place)] };
  const sim = await startCamsim(config);
  const victim: Victim = {
    ...{ ...place, kind: 'process', stream: declared(place, sim), sim },
    revive: async () => {
      await victim.sim.stop();
      victim.sim = await startCamsim(config);
    },
  };
  return victim;
}
