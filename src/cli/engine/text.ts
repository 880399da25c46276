/** What commands say of engines. */
import { type FoundEngine, stateText } from '../../engines/index.js';
import { formatTable } from '../table.js';
import { mebibytes } from '../text.js';

export interface EngineRow {
  readonly engine: string;
  readonly state: FoundEngine['state']['kind'];
  readonly pipelines: readonly string[];
  readonly why: string;
  readonly bytes?: number;
  readonly builtAt?: string;
  readonly seconds?: number;
  readonly tensorrt?: string | null;
  readonly gpu?: string | null;
  readonly precision?: string | null;
}

export function engineRow({ engine, state, pipelines }: FoundEngine): EngineRow {
  const record = 'record' in state ? state.record : undefined;
  return {
    ...{ engine, state: state.kind, pipelines, why: stateText(state) },
    ...('bytes' in state && { bytes: state.bytes }),
    ...(record && {
      ...{ builtAt: record.builtAt, seconds: record.seconds },
      ...{ tensorrt: record.fingerprint.tensorrt, gpu: record.fingerprint.gpu },
      precision: record.fingerprint.precision,
    }),
  };
}

export function engineTable(rows: readonly EngineRow[]): string {
  return formatTable(
    [
      { head: 'engine', text: (row: EngineRow) => row.engine },
      { head: 'state', text: (row) => row.state },
      { head: 'MiB', right: true, text: (row) => (row.bytes === undefined ? '' : mebibytes(row.bytes)) },
      { head: 'built', text: (row) => row.builtAt ?? '' },
      { head: 'TensorRT', text: (row) => row.tensorrt ?? '' },
      { head: 'for', text: (row) => row.gpu ?? '' },
      { head: 'precision', text: (row) => row.precision ?? '' },
      { head: 'pipelines', text: (row) => row.pipelines.join(' ') },
    ],
    rows,
  );
}
