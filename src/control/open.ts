/** All doors of an appliance: its socket, TCP and NATS where the spec asks for them. */
import { type NatsLink, openNats } from '../sinks/nats-link.js';
import type { ApplianceSpec } from '../spec/types.js';
import type { Logger } from '../worker/log.js';
import type { Redactor } from '../worker/redact.js';
import { natsSecrets } from '../worker/secrets.js';
import type { ControlledAppliance } from './appliance.js';
import { type ControlHttp, type ControlHttpOptions, openControlHttp } from './http/open.js';
import { Control } from './invoke.js';
import { openNatsDoor } from './nats-door.js';

export interface OpenControlOptions extends Pick<ControlHttpOptions, 'sys' | 'socketPath' | 'timeouts'> {
  /** Of when the appliance started: the doors stay as they are. */
  readonly spec: Pick<ApplianceSpec, 'appliance' | 'nats' | 'control'>;
  readonly appliance: ControlledAppliance;
  /** Of the spec in force. */
  cameraNetworks(): readonly string[] | undefined;
  /** Of Weir. */
  readonly version: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly env: NodeJS.ProcessEnv;
  /** Learns the secrets of NATS. */
  readonly redactor: Redactor;
}

/** All or none. Throws LISTEN_FAILED, ALREADY_RUNNING, SECRET_UNAVAILABLE; NATS is connected to in the background. */
export async function openControl(options: OpenControlOptions): Promise<ControlHttp> {
  const { appliance, log, spec } = options;
  const control = new Control({ appliance, log, cameraNetworks: () => options.cameraNetworks() });
  const http = await openControlHttp({ ...options, control, spec: spec.control });
  try {
    const closeNats = openNatsControl(options, control);
    const close = async (): Promise<void> =>
      void (await Promise.all([http[Symbol.asyncDispose](), closeNats()]));
    return { ...http, [Symbol.asyncDispose]: close };
  } catch (error) {
    await http[Symbol.asyncDispose]();
    throw error;
  }
}

/** Returns its undo. */
function openNatsControl(
  { spec, version, log, env, redactor }: OpenControlOptions,
  control: Control,
): () => Promise<void> {
  if (spec.control.nats === 'off') return async () => undefined;
  const link = openNats({
    servers: spec.nats.servers,
    name: `weir ${spec.appliance} control`,
    ...natsSecrets(spec.nats, env, redactor),
  });
  tellOf(link, log);
  const door = openNatsDoor({ control, link, spec, version, log });
  return async () => {
    door[Symbol.dispose]();
    await link.close();
  };
}

function tellOf(link: NatsLink, log: OpenControlOptions['log']): void {
  link.watch(({ kind }, problem) => {
    if (problem !== undefined) log.warn({ problem }, 'control over NATS');
    else if (kind !== 'closed') log.info({ nats: kind }, 'control over NATS');
  });
}
