/** All checks of `weir doctor`, in order. */
import { specToAsk } from '../../conformance/spec-to-ask.js';
import { type Machine, thisMachine } from '../../device/machine.js';
import { loadBinding } from '../../native/loader.js';
import type { NativeBinding } from '../../native/types.js';
import { loadSpec } from '../../spec/load.js';
import { loadManifest, modelNames, verifyModel } from '../../spec/manifest.js';
import { formatProblems } from '../../spec/problem.js';
import { resolveSecret } from '../../spec/secret.js';
import type { ApplianceSpec, Model, NatsSpec, StreamSpec } from '../../spec/types.js';
import { provider } from '../../worker/plan.js';
import { Redactor } from '../../worker/redact.js';
import { serverVersion } from '../../supervisor/embedded/nats-child.js';
import { natsSecrets } from '../../worker/secrets.js';
import { type Check, failed, failedBy, passed } from './check.js';
import { examineDevice } from './device.js';
import { checkElements, checkProperties, graphsOf } from './elements.js';
import { checkCamera, checkNats } from './network.js';

export interface ExamineOptions {
  /** The spec; without one only the installation is examined. */
  readonly file?: string;
  readonly nats?: string;
  readonly binding?: NativeBinding;
  readonly machine?: Machine;
  readonly env?: NodeJS.ProcessEnv;
}

const NODE = [20, 17] as const;
const SETUP = 'run scripts/setup';

export async function examine(options: ExamineOptions): Promise<Check[]> {
  const { file, nats, env = process.env, machine = thisMachine } = options;
  const loaded = file === undefined ? undefined : loadSpec(file, { env });
  const spec = loaded?.ok ? loaded.spec : undefined;
  const checks = [checkNode(process.versions.node)];
  if (file !== undefined && loaded && !loaded.ok) {
    checks.push(
      failed('spec', formatProblems(loaded.problems), `correct ${file}, then run weir config check ${file}`),
    );
  }
  if (file !== undefined && spec) checks.push(passed('spec', file));
  const any = spec ?? specToAsk(undefined, env);
  checks.push(...(await checkNative(options.binding, machine, any)));
  checks.push(
    ...(await examineDevice({
      ...{ machine, env, addon: addonInfo(options.binding) },
      ...{ modelDir: any?.modelDir, streams: spec && streamsOf(spec).map(({ uri }) => uri.analyse) },
    })),
  );
  checks.push(...(await Promise.all(models(spec, env).map(checkModel))));
  if (spec) checks.push(...(await checkSpec(spec, env)));
  if (nats !== undefined) checks.push(await checkNats({ servers: [nats], name: 'weir doctor' }));
  return checks;
}

function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NODE[0] || (major === NODE[0] && minor >= NODE[1])) return passed('node', version);
  return failed('node', `${version}; expected ${NODE.join('.')} or newer`, 'install a newer Node.js');
}

async function checkNative(
  given: NativeBinding | undefined,
  machine: Pick<Machine, 'run'>,
  spec: ApplianceSpec | undefined,
): Promise<Check[]> {
  try {
    const binding = given ?? loadBinding();
    const info = binding.info();
    const checks = [passed('addon', `for ${info.provider}`), passed('gstreamer', info.gstreamer)];
    if (!spec) return checks;
    const plans = graphsOf(spec, provider(info.provider));
    return [
      ...checks,
      ...checkElements(binding, provider(info.provider), plans),
      await checkProperties(binding, machine, plans),
    ];
  } catch (error) {
    return [failedBy('addon', error, SETUP)];
  }
}

function addonInfo(given: NativeBinding | undefined): ReturnType<NativeBinding['info']> | undefined {
  try {
    return (given ?? loadBinding()).info();
  } catch {
    return undefined; // the check of the addon says so
  }
}

async function checkModel(model: Model): Promise<Check> {
  const name = `model ${model.name}`;
  try {
    await verifyModel(model);
    return passed(name, model.file);
  } catch (error) {
    return failedBy(name, error, SETUP);
  }
}

async function checkSpec(spec: ApplianceSpec, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const streams = streamsOf(spec);
  return [
    checkSecrets(streams, env),
    await checkSpecNats(spec.nats, env),
    ...(await Promise.all(streams.map((stream) => checkCamera(stream, spec.cameraNetworks)))),
  ];
}

function streamsOf(spec: ApplianceSpec): readonly StreamSpec[] {
  return spec.pipelines.flatMap((pipeline) => pipeline.streams);
}

function checkSecrets(streams: readonly StreamSpec[], env: NodeJS.ProcessEnv): Check {
  try {
    for (const { user, password } of streams) {
      for (const ref of [user, password]) if (ref) resolveSecret(ref, env);
    }
    return passed('secrets', 'those of all streams can be read');
  } catch (error) {
    return failedBy('secrets', error, 'make the secret readable');
  }
}

async function checkSpecNats(nats: NatsSpec, env: NodeJS.ProcessEnv): Promise<Check> {
  if (nats.embedded) return checkNatsServer(env);
  try {
    const secrets = natsSecrets(nats, env, new Redactor());
    return await checkNats({ servers: nats.servers, name: 'weir doctor', ...secrets });
  } catch (error) {
    return failedBy('nats', error, 'make the secret readable');
  }
}

async function checkNatsServer(env: NodeJS.ProcessEnv): Promise<Check> {
  try {
    return passed('nats', `nats-server ${await serverVersion(env)} is there; it runs with the appliance`);
  } catch (error) {
    return failedBy('nats', error, 'install the package nats-server');
  }
}

/** The models of the spec, or else all that Weir comes with. */
function models(spec: ApplianceSpec | undefined, env: NodeJS.ProcessEnv): Model[] {
  if (spec) return [...new Set(spec.pipelines.map(({ detector }) => detector.model))];
  const any = specToAsk(undefined, env);
  return any ? modelNames().map((name) => loadManifest(name, { modelDir: any.modelDir })) : [];
}
