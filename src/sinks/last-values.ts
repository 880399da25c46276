/** A JetStream stream that keeps the last message of each subject, for whoever comes later. */
import {
  DiscardPolicy,
  type JetStreamManager,
  type NatsConnection,
  RetentionPolicy,
  StorageType,
} from 'nats';

export interface LastValues {
  /** Of the stream: no dots, blanks or wildcards. */
  readonly name: string;
  readonly subjects: readonly string[];
}

/** Subjects that are remembered; the oldest go first. */
const MAX_SUBJECTS = 4096;
const MAX_BYTES = 16 * 1024 * 1024;

/** Makes the stream, or makes it as it should be. Rejects where the server has no JetStream, or refuses. */
export async function ensureLastValues(connection: NatsConnection, values: LastValues): Promise<void> {
  const manager = await connection.jetstreamManager();
  if (await has(manager, values.name)) await manager.streams.update(values.name, config(values));
  else await manager.streams.add({ ...config(values), name: values.name });
}

function config({ subjects }: LastValues) {
  return {
    subjects: [...subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_msgs_per_subject: 1,
    max_msgs: MAX_SUBJECTS,
    max_bytes: MAX_BYTES,
    allow_direct: true,
  };
}

async function has({ streams }: JetStreamManager, name: string): Promise<boolean> {
  try {
    await streams.info(name);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '404') return false;
    throw error;
  }
}
