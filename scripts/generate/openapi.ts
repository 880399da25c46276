/** docs/openapi.json from the operations. */
import { openApi } from '../../src/control/openapi.js';

export function openApiFile(): string {
  return `${JSON.stringify(openApi(), null, 2)}\n`;
}
