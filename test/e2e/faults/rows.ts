/** All faults of the table, in its order. */
import { CONNECTION_ROWS } from './rows-connection.js';
import { MEDIA_ROWS } from './rows-media.js';
import type { FaultRow } from './types.js';

export const ROWS: readonly FaultRow[] = [...CONNECTION_ROWS, ...MEDIA_ROWS].sort((a, b) => a.row - b.row);
