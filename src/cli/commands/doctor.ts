import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { WeirError } from '../../spec/error.js';
import { examine } from '../doctor/examine.js';
import { formatChecks } from '../doctor/table.js';
import { print } from '../io.js';
import { DEFAULT_SPEC } from '../spec-file.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('check the installation, each failure with a remedy')
    .description(
      'Checks Node, the addon, GStreamer and its elements, decoders and models; on a Jetson or for NVIDIA also the ' +
        'device and its software; with a spec also its models, secrets, NATS servers and cameras. Exits with 69 ' +
        'when a check fails; a warning is no failure.',
    )
    .argument('[spec]', `spec to check (default: ${DEFAULT_SPEC} if there is one)`)
    .addOption(new Option('--nats <url>', 'also check this NATS server'))
    .option('--json', 'print {"ok", "checks": [{name, ok, warning, detail, remedy}]}')
    .action(doctor);
}

async function doctor(spec: string | undefined, options: { nats?: string; json?: true }): Promise<void> {
  const file = spec ?? (existsSync(DEFAULT_SPEC) ? DEFAULT_SPEC : undefined);
  const checks = await examine({
    ...(file !== undefined && { file }),
    ...(options.nats && { nats: options.nats }),
  });
  const failed = checks.filter((check) => !check.ok);
  if (options.json) print(JSON.stringify({ ok: failed.length === 0, checks }));
  else print(formatChecks(checks));
  if (failed.length > 0) {
    const names = failed.map((check) => check.name).join(', ');
    throw new WeirError('CHECK_FAILED', `${failed.length} of ${checks.length} checks failed: ${names}`);
  }
}
