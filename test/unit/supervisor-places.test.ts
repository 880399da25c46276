/** Where an appliance keeps what it remembers and is talked to. */
import { expect, it } from 'vitest';
import { defaultSocket, type Places, places } from '../../src/supervisor/places.js';

const FILE = '/srv/site/yard.yaml';
const SYSTEMD = {
  RUNTIME_DIRECTORY: '/run/weir:/run/other',
  STATE_DIRECTORY: '/var/lib/weir:/var/lib/other',
};
const at = (own: object = {}, env: Readonly<Record<string, string>> = {}, file = FILE): Places =>
  places({ control: { tokens: [] }, ...own } as never, file, env);

it('lie beside the spec and are named as it is', () => {
  expect(at()).toEqual({
    socket: '/srv/site/yard.sock',
    stateFile: '/srv/site/yard.state.json',
    lockFile: '/srv/site/yard.lock',
    operationsLog: '/srv/site/yard.operations.jsonl',
    workersFile: '/srv/site/yard.workers.json',
    eventsDir: '/srv/site/yard.events',
    natsDir: '/srv/site/yard.nats',
  });
});

it("lie in systemd's first folders where it made some", () => {
  expect(at({}, SYSTEMD)).toMatchObject({
    ...{ socket: '/run/weir/weir.sock', stateFile: '/var/lib/weir/yard.state.json' },
    lockFile: '/var/lib/weir/yard.lock',
  });
  expect(defaultSocket(FILE, SYSTEMD)).toBe('/run/weir/weir.sock');
});

it('lie where the spec says, whatever systemd does', () => {
  const own = { stateDir: '/data', control: { tokens: [], socket: '/run/own.sock' } };
  expect(at(own, SYSTEMD)).toMatchObject({ socket: '/run/own.sock', stateFile: '/data/yard.state.json' });
});

it('of two specs in one folder are apart', () => {
  const [one, other] = [Object.values(at()), Object.values(at({}, {}, '/srv/site/gate.yaml'))];
  expect(one.filter((place) => other.includes(place))).toEqual([]);
});

it.each([
  ['without a suffix', '/srv/site/yard', '/srv/site/yard.sock'],
  ['with several', '/srv/site/yard.v2.yaml', '/srv/site/yard.v2.sock'],
  ['in this folder', 'yard.yaml', `${process.cwd()}/yard.sock`],
])('of a file %s', (_what, file, socket) => {
  expect(at({}, {}, file).socket).toBe(socket);
});

it('are those beside the spec where systemd names none', () => {
  expect(at({}, { RUNTIME_DIRECTORY: '', STATE_DIRECTORY: '' })).toEqual(at());
});
