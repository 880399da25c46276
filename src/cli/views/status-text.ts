/** The appliance at a glance. */
import type { ApplianceView, StreamView } from '../../supervisor/views.js';
import { age, plural } from '../text.js';
import { pipelineTable } from './pipeline-table.js';
import { streamRates } from './stream-table.js';

export function statusText(appliance: ApplianceView, streams: readonly StreamView[]): string {
  const tables = [pipelineTable(appliance.pipelines), ...(streams.length > 0 ? [streamRates(streams)] : [])];
  return [head(appliance), ...tables].join('\n\n');
}

function head({ appliance, version, generation, startedAt, spec, streams }: ApplianceView): string {
  const { total, live, failed } = streams;
  const counts = `${live} of ${plural(total, 'stream')} live${failed > 0 ? `, ${failed} failed` : ''}`;
  return [
    `appliance ${appliance}: ${counts}, up ${age(startedAt)}, generation ${generation}, version ${version}`,
    `spec ${spec.file}${spec.applied ? ', over which another was applied' : ''}`,
  ].join('\n');
}
