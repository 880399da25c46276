/** compose.yaml and what it mounts: nothing of it was run with containers here, so it is held to what the parts say of themselves. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageVersion } from '../../src/cli/version.js';
import { EventSink } from '../../src/sinks/events/event-sink.js';
import { ensureLastValues } from '../../src/sinks/last-values.js';
import { openNats } from '../../src/sinks/nats-link.js';
import { subject } from '../../src/sinks/subjects.js';
import { loadSpec } from '../../src/spec/index.js';
import { metricsSchema } from '../../src/spec/schema.js';
import { storedEvents } from '../support/broker.js';
import { type DeployFolder, deployFolder } from '../support/deploy-folder.js';
import { readDockerfile } from '../support/dockerfile.js';
import { type NatsServer, startNats } from '../support/nats.js';
import { root } from '../support/paths.js';
import { run } from '../support/process.js';
import { until } from '../support/wait.js';

interface Service {
  readonly image: string;
  readonly build?: { readonly context?: string; readonly dockerfile: string };
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly depends_on?: object;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly [key: string]: unknown;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

interface Prometheus {
  readonly global: { readonly scrape_interval: string };
  readonly rule_files: readonly [string];
  readonly scrape_configs: readonly [
    {
      readonly job_name: string;
      readonly static_configs: readonly [{ readonly targets: readonly [string] }];
    },
  ];
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const yaml = <T>(path: string): T => parse(read(path), { merge: true }) as T;
const compose = yaml<Compose>('compose.yaml');
const services = Object.entries(compose.services).map(([name, service]) => ({ name, service }));
const weir = compose.services.weir as Service;
const spec = loadSpec(join(root, 'deploy/weir.yaml'), { env: {} });

describe.each(services)('$name', ({ name, service }) => {
  it('is pinned', () => {
    expect(service.image).toMatch(/:v?\d+\.\d+\.\d+(-[a-z]+)?$/);
    if (service.build) expect(service.image).toBe(`weir:${packageVersion()}`);
  });

  it('may do as little as it can', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: 'unless-stopped',
    });
    const rights = ['privileged', 'cap_add', 'devices', 'network_mode', 'pid', 'ipc', 'userns_mode', 'user'];
    expect(Object.keys(service).filter((key) => rights.includes(key))).toEqual([]);
    expect(JSON.stringify(service)).not.toContain('docker.sock');
  });

  it('has limits and is asked for its health', () => {
    expect(Object.keys(service)).toEqual(
      expect.arrayContaining(['mem_limit', 'cpus', 'pids_limit', 'logging']),
    );
    if (name !== 'weir') expect(service.healthcheck?.test.slice(0, 2)).toEqual(['CMD', 'wget']);
  });

  it('mounts files there are, for reading, and writes to volumes of its own', () => {
    for (const volume of service.volumes) {
      const [from = '', , mode] = volume.split(':');
      if (from.startsWith('./'))
        expect([existsSync(join(root, from)), mode, volume]).toEqual([true, 'ro', volume]);
      else expect(Object.keys(compose.volumes)).toContain(from);
    }
  });

  it('names networks, secrets and services there are', () => {
    const known = (names: readonly string[], all: object) => names.filter((each) => !(each in all));
    expect(known(service.networks, compose.networks)).toEqual([]);
    const secrets = (service.secrets ?? []).map((each) => (typeof each === 'string' ? each : each.source));
    expect(known(secrets, compose.secrets)).toEqual([]);
    const others = Array.isArray(service.depends_on)
      ? service.depends_on
      : Object.keys(service.depends_on ?? {});
    expect(known(others as string[], compose.services)).toEqual([]);
  });
});

describe('networks', () => {
  it('publish on this machine alone, and only what people and clients use', () => {
    const published = services.filter(({ service }) => service.ports).map(({ name }) => name);
    const front = services
      .filter(({ service }) => service.networks.includes('front'))
      .map(({ name }) => name);
    expect(published).toEqual(['nats', 'grafana']);
    expect(front).toEqual(published);
    const ports = services.flatMap(({ service }) => service.ports ?? []);
    expect(ports).toEqual(['127.0.0.1:4222:4222', '127.0.0.1:3000:3000']);
  });

  it('lead nowhere from where metrics and messages are', () => {
    expect(compose.networks.messages).toEqual({ internal: true });
    expect(compose.networks.numbers).toEqual({ internal: true });
    const nobodyElse = services.filter(({ service }) => service.networks.includes('cameras'));
    expect(nobodyElse.map(({ name }) => name)).toEqual(['weir']);
  });
});

describe('the container of weir', () => {
  const last = readDockerfile(read('Dockerfile')).at(-1);
  const of = (keyword: string) => last?.instructions.findLast((each) => each.keyword === keyword)?.text ?? '';
  const folder = (name: string) => new RegExp(`${name}=(\\S+)`).exec(of('ENV'))?.[1];

  it('has its spec where the image looks for it', () => {
    expect(weir.volumes).toContain(`./deploy/weir.yaml:${(JSON.parse(of('CMD')) as string[])[1]}:ro`);
  });

  it('writes to its state, and to folders in memory that are its own', () => {
    expect(weir.volumes).toContain(`state:${folder('STATE_DIRECTORY')}`);
    const uid = of('USER');
    expect(weir.tmpfs?.map((each) => each.split(':')[0])).toEqual([folder('RUNTIME_DIRECTORY'), '/tmp']);
    for (const each of weir.tmpfs ?? []) expect(each).toMatch(new RegExp(`:uid=${uid},gid=${uid},mode=07`));
  });

  it('is given longer to end than weir up takes', () => {
    expect(weir.stop_grace_period).toBe('10s');
  });
});

describe('deploy/weir.yaml', () => {
  it('is valid', () => {
    expect(spec).toMatchObject({ ok: true });
  });

  it('names a service, a port and secrets of compose.yaml', () => {
    if (!spec.ok) return expect.unreachable();
    const [server = ''] = spec.spec.nats.servers;
    expect([new URL(server).hostname in compose.services, new URL(server).port]).toEqual([true, '4222']);
    const files = [...read('deploy/weir.yaml').matchAll(/\$\{file:\/run\/secrets\/([\w-]+)\}/g)];
    expect(files.map(([, name]) => name)).toEqual(weir.secrets);
  });

  it('shows metrics on the port they have by default', () => {
    const [, port] = metricsSchema.parse({}).listen.split(':');
    if (!spec.ok) return expect.unreachable();
    expect(spec.spec.metrics?.listen).toEqual({ host: '0.0.0.0', port: Number(port) });
  });
});

describe('deploy/prometheus.yml', () => {
  const config = yaml<Prometheus>('deploy/prometheus.yml');
  const mounts = compose.services.prometheus?.volumes ?? [];

  it('asks weir, as the job the alert rules speak of', () => {
    const [job] = config.scrape_configs;
    const [host = '', port] = job.static_configs[0].targets[0].split(':');
    expect(compose.services[host]?.networks).toContain('numbers');
    expect(metricsSchema.parse({}).listen.split(':')[1]).toBe(port);
    expect(read('docs/alerts.yaml')).toContain(`up{job="${job.job_name}"}`);
    expect(read('docs/alerts.yaml')).toContain(
      `a scrape every ${config.global.scrape_interval.replace('s', ' s')}`,
    );
  });

  it('reads the rules and the file that are mounted', () => {
    expect(mounts).toContain(`./docs/alerts.yaml:${config.rule_files[0]}:ro`);
    const [option] = compose.services.prometheus?.command ?? [];
    expect(mounts).toContain(`./deploy/prometheus.yml:${option?.split('=')[1]}:ro`);
  });
});

describe('deploy/grafana', () => {
  const mounts = compose.services.grafana?.volumes ?? [];

  it('asks the Prometheus of compose.yaml', () => {
    const [source] = yaml<{ datasources: [{ url: string; uid: string }] }>(
      'deploy/grafana/provisioning/datasources/prometheus.yaml',
    ).datasources;
    const { hostname, port } = new URL(source.url);
    expect([hostname in compose.services, port]).toEqual([true, '9090']);
    const used = [...read('deploy/grafana/dashboards/weir.json').matchAll(/"uid": "(prometheus[^"]*)"/g)];
    expect(new Set(used.map(([, uid]) => uid))).toEqual(new Set([source.uid]));
  });

  it('loads the dashboards that are mounted', () => {
    const [provider] = yaml<{ providers: [{ options: { path: string } }] }>(
      'deploy/grafana/provisioning/dashboards/weir.yaml',
    ).providers;
    expect(mounts).toContain(`./deploy/grafana/dashboards:${provider.options.path}:ro`);
    expect(readdirSync(join(root, 'deploy/grafana/dashboards'))).toEqual(['weir.json']);
  });
});

describe('compose.jetson.yaml', () => {
  const jetson = yaml<Compose>('compose.jetson.yaml');
  const over = jetson.services.weir as Service;

  it('changes weir alone: its image, the GPU, and where engines are kept', () => {
    expect(Object.keys(jetson.services)).toEqual(['weir']);
    expect(existsSync(join(root, over.build?.dockerfile ?? ''))).toBe(true);
    expect(over.image).toBe(`weir-jetson:${packageVersion()}-ds\${WEIR_DEEPSTREAM}`);
    expect(over.runtime).toBe('nvidia');
    const folder = /WEIR_MODEL_DIR=(\S+)/.exec(read('Dockerfile.jetson'))?.[1];
    expect(over.volumes).toEqual([`models:${folder}`]);
  });

  it('gives engines of another version or another DeepStream a volume of their own', () => {
    expect(jetson.volumes.models).toEqual({ name: `weir-models-${packageVersion()}-ds\${WEIR_DEEPSTREAM}` });
  });

  it('takes no more rights', () => {
    expect(Object.keys(over).sort()).toEqual([
      'build',
      'cpus',
      'environment',
      'group_add',
      'image',
      'mem_limit',
      'runtime',
      'volumes',
    ]);
  });
});

/** Where a secret is, instead of what it is. */
const REFERENCE = /^(\$|\/run\/secrets\/|secrets\/|"%s")/;

it('no file for containers holds a secret', () => {
  const files = ['compose.yaml', 'compose.jetson.yaml', 'Dockerfile', 'Dockerfile.jetson'];
  const below = readdirSync(join(root, 'deploy'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('secrets'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
  for (const path of [...files, ...below]) {
    const lines = read(path).replace(/^\s*#.*$/gm, '');
    const said = [...lines.matchAll(/(?:password|token|secret|credentials)\w*["']?[:=][ \t]*([^\s[{]\S*)/gi)];
    const literal = said.map(([, value = '']) => value).filter((value) => !REFERENCE.test(value));
    expect(literal, path).toEqual([]);
  }
  expect(read('.gitignore').split('\n')).toContain('deploy/secrets/');
  expect(read('.dockerignore')).not.toContain('deploy');
});

describe('deploy/make-secrets and deploy/nats.conf', () => {
  let dir: DeployFolder;
  let server: NatsServer;
  const open: NatsConnection[] = [];
  const secret = (name: string) => dir.secret(name);

  beforeAll(async () => {
    dir = await deployFolder();
    server = await startNats({ args: ['--config', dir.config], jetstream: false });
  });
  afterAll(async () => {
    for (const connection of open) await connection.close();
    await server.stop();
    await dir[Symbol.asyncDispose]();
  });

  async function as(user: string, password: string): Promise<NatsConnection> {
    const connection = await connect({ servers: server.url, user, pass: password, reconnect: false });
    open.push(connection);
    return connection;
  }
  const appliance = () => as(secret('nats-user'), secret('nats-password'));
  const desk = () => as('weir-desk', secret('nats-desk-password'));

  /** The server's word on a subject; undefined when it lets it pass. */
  async function refusal(connection: NatsConnection, use: () => void): Promise<string | undefined> {
    const told = connection.status()[Symbol.asyncIterator]();
    use();
    // What it refuses it tells before it answers this.
    await connection.flush();
    const first = await Promise.race([told.next(), setImmediate(undefined)]);
    return first === undefined ? undefined : String(first.value?.data);
  }

  it('makes passwords once, shows none, and keeps others out of the folder', async () => {
    const before = secret('nats-password');
    expect(before).toMatch(/^[0-9a-f]{48}$/);
    expect(secret('nats-desk-password')).not.toBe(before);
    const again = await dir.makeSecrets();
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).not.toContain(before);
    expect(secret('nats-password')).toBe(before);
    expect(statSync(join(dir.path, 'secrets')).mode & 0o777).toBe(0o700);
    const declared = Object.values(compose.secrets).map(({ file }) => file.replace('./deploy/', ''));
    expect(declared.filter((file) => !existsSync(join(dir.path, file)))).toEqual([]);
  });

  it('lets nobody in without a password', async () => {
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/authorization/i);
    await expect(as('weir-gate', 'x')).rejects.toThrow(/authorization/i);
  });

  it('lets the appliance say what it says, and keep the last status of its streams', async () => {
    const connection = await appliance();
    if (!spec.ok) return expect.unreachable();
    const { appliance: name, nats } = spec.spec;
    const subjects = [subject({ prefix: nats.prefix, appliance: name }, '*', 'status')];
    await ensureLastValues(connection, { name: `weir_${name}_status`, subjects });
    expect(await refusal(connection, () => connection.publish('weir.gate.cam-1.detections'))).toBeUndefined();
  });

  it('lets the appliance keep events, and the desk read them', async () => {
    if (!spec.ok) return expect.unreachable();
    const { appliance: name, nats } = spec.spec;
    const scope = { prefix: nats.prefix, appliance: name };
    const problems: string[] = [];
    const login = { user: secret('nats-user'), password: secret('nats-password') };
    const link = openNats({ servers: [server.url], name: 'test', ...login });
    link.watch((_, problem) => problem !== undefined && problems.push(problem));
    const sink = new EventSink({
      ...{ scope, events: nats.events, link, folder: join(dir.path, 'spool') },
      onState: (state) => state.kind === 'refused' && problems.push(state.message),
      onSpoolProblem: () => undefined,
    });
    sink.emit({ stream: 'cam-1', kind: 'live', time: Date.now(), epoch: 1, message: 'it delivers' });
    await until('it is kept or not', () => sink.status().acknowledged === 1 || problems.length > 0);
    await sink.close();
    await link.close();
    expect(problems).toEqual([]);
    const jetstream = { servers: server.url, user: 'weir-desk', pass: secret('nats-desk-password') };
    const events = await storedEvents(jetstream, { stream: `weir_${name}_events`, consumer: 'desk' });
    expect(events.map(({ stream, kind }) => `${stream} ${kind}`)).toEqual(['cam-1 live']);
  });

  it('lets neither speak for another', async () => {
    const connection = await appliance();
    expect(await refusal(connection, () => connection.publish('weir.other.cam-1.detections'))).toMatch(
      /PERMISSIONS/,
    );
    const second = await desk();
    expect(await refusal(second, () => second.publish('weir.gate.cam-1.detections'))).toMatch(/PERMISSIONS/);
    expect(await refusal(second, () => second.publish('weir.gate.ctl.streams.list'))).toBeUndefined();
  });

  it('gives the rights that docs/control.md says are needed', () => {
    const rights = (text: string) =>
      [...text.matchAll(/(?:publish|subscribe): \{allow: .*?\}|allow_responses: .*?\}/gs)].map(
        ([all]) => all,
      );
    expect(rights(read('deploy/nats.conf'))).toEqual(rights(read('docs/control.md')));
    expect(rights(read('deploy/nats.conf'))).toHaveLength(5);
  });

  it('can become a leaf node', async () => {
    const uncomment = (text: string) => text.replace('# include leaf-node.conf', 'include leaf-node.conf');
    await using leaf = await deployFolder(uncomment);
    writeFileSync(join(leaf.path, 'secrets/hub.creds'), '');
    const outcome = await run('nats-server', ['-t', '--config', leaf.config]);
    expect(outcome).toMatchObject({ code: 0, stderr: expect.stringContaining('is valid') as string });
    expect(read('deploy/nats.conf')).not.toMatch(/^include leaf-node.conf/m);
  });
});
