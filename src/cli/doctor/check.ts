/** One finding about the installation. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Ok, and still worth a look: what to do is in the remedy. */
  readonly warning?: true;
  readonly detail: string;
  /** Where `ok` is false, and with a warning. */
  readonly remedy?: string;
}

export function passed(name: string, detail: string): Check {
  return { name, ok: true, detail };
}

export function warned(name: string, detail: string, remedy: string): Check {
  return { name, ok: true, warning: true, detail, remedy };
}

export function failed(name: string, detail: string, remedy: string): Check {
  return { name, ok: false, detail, remedy };
}

/** A failure of the given error, with its remedy where it carries one. */
export function failedBy(name: string, error: unknown, remedy: string): Check {
  const { message, remedy: own } = error as { message: string; remedy?: string };
  return failed(name, message, own ?? remedy);
}
