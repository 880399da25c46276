/** NVIDIA's minimal schema: `{version: "4.0", id, "@timestamp", sensorId, objects: ["id|left|top|right|bottom|label"]}`. */
import type { DetectedObject, Detections } from './detections.js';

/** What an object has that nobody tracks. */
const UNTRACKED = String(2n ** 64n - 1n);

export function readNvdsMinimal(value: object): Detections | undefined {
  const message = value as Readonly<Record<string, unknown>>;
  const { version, id, sensorId, objects } = message;
  const time = message['@timestamp'];
  if (version !== '4.0' || typeof sensorId !== 'string' || typeof time !== 'string') return undefined;
  if (!Array.isArray(objects) || !objects.every((each) => typeof each === 'string')) return undefined;
  return {
    schema: 'nvds-minimal',
    stream: sensorId,
    frame: Number(id),
    time,
    objects: objects.map(readObject),
  };
}

function readObject(text: string): DetectedObject {
  const [id = '', left, top, right, bottom, label = '', ...more] = text.split('|');
  const box = {
    left: Number(left),
    top: Number(top),
    width: Number(right) - Number(left),
    height: Number(bottom) - Number(top),
  };
  const confidence = more.length > 1 ? Number(more.at(-1)) : undefined;
  return {
    ...(id !== UNTRACKED && { id }),
    label,
    ...(confidence !== undefined && { confidence }),
    box,
  };
}
