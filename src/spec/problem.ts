/** One thing wrong with a file: where, what was seen, what would be right, what to do. */
export interface Problem {
  readonly file: string;
  /** From 1; absent where the file as a whole is meant. */
  readonly line?: number;
  readonly column?: number;
  /** E.g. `pipelines[0].streams[2].uri`; empty: the document. */
  readonly path: string;
  /** What was seen, as text fit for a message; absent for secrets and missing values. */
  readonly value?: string;
  readonly message: string;
  readonly remedy?: string;
}

/** A value under examination, and where its parts are found. */
export interface Examined {
  readonly value: unknown;
  /** A problem at a path: at the value, or at the nearest enclosing value that exists; with `key` at its key. */
  at(path: readonly PropertyKey[], message: string, details?: ProblemDetails): Problem;
}

export interface ProblemDetails {
  readonly value?: string;
  readonly remedy?: string;
  readonly key?: boolean;
}

/** Three lines at most per problem, without colour. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n');
}

function formatProblem(p: Problem): string {
  const at = p.line === undefined ? p.file : `${p.file}:${p.line}:${p.column ?? 1}`;
  const head = p.path === '' ? `${at}: ${p.message}` : `${at}: ${p.path}: ${p.message}`;
  return p.remedy === undefined ? head : `${head}\n    ${p.remedy}`;
}

export function formatPath(path: readonly PropertyKey[]): string {
  let out = '';
  for (const key of path) {
    if (typeof key === 'number') out += `[${key}]`;
    else
      out += /^[A-Za-z0-9_-]+$/.test(String(key))
        ? `${out ? '.' : ''}${String(key)}`
        : `[${quote(String(key))}]`;
  }
  return out;
}

const MAX_SHOWN = 80;

/** A value as it may stand in a message: quoted, cut, control characters escaped, user information masked. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(maskUserInfo(value));
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  return value === undefined ? 'nothing' : typeof value;
}

function quote(text: string): string {
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Everything between `//` and the last `@`: greedy, as passwords may hold any character. */
export function maskUserInfo(text: string): string {
  return text.replace(/\/\/.*@/gs, '//***@');
}
