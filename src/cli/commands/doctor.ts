import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { WeirError } from '../../spec/error.js';
import type { Check } from '../doctor/check.js';
import { examine } from '../doctor/examine.js';
import { print } from '../io.js';
import { DEFAULT_SPEC } from '../spec-file.js';
import { formatTable } from '../table.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('check the installation, each failure with a remedy')
    .description(
      'Checks Node, the addon, GStreamer and its elements, decoders and models; with a spec also its models, ' +
        'secrets, NATS servers and cameras. Exits with 69 when a check fails.',
    )
    .argument('[spec]', `spec to check (default: ${DEFAULT_SPEC} if there is one)`)
    .addOption(new Option('--nats <url>', 'also check this NATS server'))
    .option('--json', 'print {"ok", "checks": [{name, ok, detail, remedy}]}')
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
  else print(render(checks));
  if (failed.length > 0) {
    const names = failed.map((check) => check.name).join(', ');
    throw new WeirError('CHECK_FAILED', `${failed.length} of ${checks.length} checks failed: ${names}`);
  }
}

function render(checks: readonly Check[]): string {
  const columns = [
    { head: 'check', text: (check: Check) => check.name },
    { head: 'result', text: (check: Check) => (check.ok ? 'ok' : 'FAILED') },
    {
      head: 'detail',
      text: (check: Check) => (check.remedy ? `${check.detail}\n→ ${check.remedy}` : check.detail),
    },
  ];
  return formatTable(columns, checks);
}
