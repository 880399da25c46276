/** Reads a Dockerfile as far as tests ask about it. */

export interface Instruction {
  readonly keyword: string;
  /** `--name=value` before the arguments. */
  readonly flags: Readonly<Record<string, string>>;
  /** What follows, with continued lines joined by a blank and variables of before the first FROM filled in for FROM. */
  readonly text: string;
}

export interface Stage {
  readonly name: string | undefined;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

type Variables = Readonly<Record<string, string>>;

/** Of its stages the last is the image. Build arguments in `given` replace defaults. */
export function readDockerfile(text: string, given: Variables = {}): readonly Stage[] {
  const variables: Record<string, string> = {};
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions(text)) {
    const stage = stages.at(-1);
    if (instruction.keyword === 'FROM') stages.push(from(instruction, variables));
    else if (stage) stage.instructions.push(instruction);
    else if (instruction.keyword === 'ARG') declare(instruction.text, variables, given);
    else throw new Error(`${instruction.keyword} before the first FROM`);
  }
  return stages;
}

/** The words of an instruction in JSON form; undefined where a shell would run it. */
export function execForm({ text }: Instruction): readonly string[] | undefined {
  return text.startsWith('[') ? (JSON.parse(text) as string[]) : undefined;
}

function instructions(text: string): Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n');
  return lines
    .replace(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(instruction);
}

function instruction(line: string): Instruction {
  const [, keyword = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
  const [, flags = '', text = ''] = /^((?:--[a-z-]+=\S+\s+)*)(.*)$/.exec(rest) ?? [];
  const pairs = [...flags.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]);
  return {
    keyword: keyword.toUpperCase(),
    flags: Object.fromEntries(pairs) as Record<string, string>,
    text: text.trim(),
  };
}

function declare(text: string, variables: Record<string, string>, given: Variables): void {
  const [name = '', value = ''] = text.split(/=(.*)/s);
  variables[name] = given[name] ?? fill(value, variables);
}

function from({ text }: Instruction, variables: Variables) {
  const [, base = '', name] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(text) ?? [];
  return { name, base: fill(base, variables), instructions: [] };
}

function fill(text: string, variables: Variables): string {
  return text.replace(/\$\{(\w+)\}/g, (_all, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`nothing declares ${name}`);
    return value;
  });
}
