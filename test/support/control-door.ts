/** The socket of an appliance in memory: a test may take it away and put another at its place. */
import { join } from 'node:path';
import { openControlHttp } from '../../src/control/http/open.js';
import { Control } from '../../src/control/invoke.js';
import { loadSys } from '../../src/native/sys.js';
import { FakeAppliance } from './fake-appliance.js';
import { assemble } from './owned.js';
import { readSpec, specText } from './spec.js';
import { type TempDir, tempDir } from './temp.js';

export interface ControlDoor extends AsyncDisposable {
  readonly socket: string;
  /** The folder of the socket, for a test's files; gone with the door unless it was given. */
  readonly dir: string;
  readonly appliance: FakeAppliance;
}

const QUIET = { info() {}, warn() {}, error() {} } as never;

/** Answers and errors of the appliance are held to what the operations declare. */
export function controlDoor(appliance = new FakeAppliance(), given?: TempDir): Promise<ControlDoor> {
  return assemble(async (own) => {
    const dir = (given ?? own(await tempDir())).path;
    const socket = join(dir, 'weir.sock');
    const control = new Control({ appliance, log: QUIET, strict: true, cameraNetworks: () => undefined });
    const { control: spec } = readSpec(specText('nats://127.0.0.1:4222', {}));
    own(await openControlHttp({ control, spec, socketPath: socket, sys: loadSys(), log: QUIET }));
    return { socket, dir, appliance };
  });
}
