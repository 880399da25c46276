/** Checks as doctor prints them. */
import { formatTable } from '../table.js';
import type { Check } from './check.js';

function result({ ok, warning }: Check): string {
  if (!ok) return 'FAILED';
  return warning ? 'warning' : 'ok';
}

export function formatChecks(checks: readonly Check[]): string {
  const columns = [
    { head: 'check', text: (check: Check) => check.name },
    { head: 'result', text: result },
    {
      head: 'detail',
      text: (check: Check) => (check.remedy ? `${check.detail}\n→ ${check.remedy}` : check.detail),
    },
  ];
  return formatTable(columns, checks);
}
