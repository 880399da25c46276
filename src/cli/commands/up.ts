import { Command, Option } from 'commander';
import { formatPlan } from '../../supervisor/plan/format-plan.js';
import { Service } from '../../supervisor/service.js';
import { LOG_LEVELS, type LogLevel } from '../../worker/log.js';
import { DEFAULT_SPEC } from '../spec-file.js';
import { runAppliance, type Running } from '../up/appliance.js';
import { serveParent } from '../up/parent.js';
import { Stop } from '../up/stop.js';

export function upCommand(): Command {
  return new Command('up')
    .summary('run the appliance a spec describes')
    .description(
      'Runs the appliance until SIGINT or SIGTERM: a supervisor, and a process for each pipeline. SIGHUP reads the ' +
        'spec anew. Logs go to stderr, as JSON unless that is a terminal.',
    )
    .argument('[spec]', 'the spec', DEFAULT_SPEC)
    .addOption(
      new Option('--log-level <level>', 'least important line to log')
        .choices([...LOG_LEVELS])
        .default('info'),
    )
    .action((file: string, options: { logLevel: LogLevel }) => up(file, options.logLevel));
}

async function up(file: string, logLevel: LogLevel): Promise<void> {
  const stop = new Stop();
  await runAppliance({ file, logLevel, env: process.env }, stop, async (running) => {
    const { supervisor, ground } = running;
    using service = new Service(ground.sys);
    using _reload = reloadOnHangUp(running, service);
    serveParent(running);
    const { appliance, streams } = await supervisor.status();
    ground.log.info({ streams: streams.total, socket: ground.where.socket }, `appliance ${appliance} is up`);
    service.ready(`${streams.total} streams`);
    await stop.asked;
    service.stopping();
  });
}

function reloadOnHangUp({ supervisor, ground: { log } }: Running, service: Service): Disposable {
  const reload = async (): Promise<void> => {
    service.reloading();
    try {
      const { steps } = await supervisor.reload({ door: 'signal', name: 'SIGHUP' }, (note) => log.warn(note));
      log.info({ plan: formatPlan(steps) }, 'the spec was read anew');
    } catch (error) {
      log.error({ reason: (error as Error).message }, 'the spec was not taken: everything stays as it was');
    }
    service.ready('');
  };
  const onSignal = () => void reload();
  process.on('SIGHUP', onSignal);
  return { [Symbol.dispose]: () => void process.off('SIGHUP', onSignal) };
}
