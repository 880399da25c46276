/** None of the images can be built here: what can be seen in their recipes is held to what the project is. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import { packageVersion } from '../../src/cli/version.js';
import { metricsSchema } from '../../src/spec/schema.js';
import { defaultSocket } from '../../src/supervisor/places.js';
import { execForm, type Instruction, readDockerfile, type Stage } from '../support/dockerfile.js';
import { root } from '../support/paths.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

const IMAGES = ['Dockerfile', 'Dockerfile.jetson'].map((path) => {
  const stages = readDockerfile(read(path));
  return { path, stages, last: stages.at(-1) as Stage };
});

const all = ({ instructions }: Stage, keyword: string) => instructions.filter((i) => i.keyword === keyword);

/** The last of its kind counts. */
function word(stage: Stage, keyword: string): Instruction {
  const found = all(stage, keyword).at(-1);
  if (!found) throw new Error(`there is no ${keyword}`);
  return found;
}

function environment(stage: Stage): Record<string, string> {
  const pairs = all(stage, 'ENV').flatMap(({ text }) => [...text.matchAll(/(\w+)=(\S+)/g)]);
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

/** What `.dockerignore` lets the builder see. */
const offered = read('.dockerignore')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

const sent = (path: string) => offered.some((each) => path === each || path.startsWith(`${each}/`));

describe.each(IMAGES)('$path', ({ path, stages, last }) => {
  it('names each base with a version, and never the latest', () => {
    const named = new Set(stages.map(({ name }) => name));
    const bases = stages.map(({ base }) => base).filter((base) => !named.has(base));
    for (const base of bases) expect(base).toMatch(/^[a-z0-9./-]+(:[a-z]*\d[\w.-]*|@sha256:[0-9a-f]{64})$/);
    expect(bases.filter((base) => base.includes('latest'))).toEqual([]);
  });

  it('copies files the project has and the builder is sent, or that an earlier stage made', () => {
    const known = new Set<string | undefined>();
    for (const stage of stages) {
      for (const { flags, text } of all(stage, 'COPY')) {
        const sources = text.split(/\s+/).slice(0, -1);
        if (flags.from !== undefined) expect(known).toContain(flags.from);
        else expect(sources.filter((each) => !existsSync(join(root, each)) || !sent(each))).toEqual([]);
      }
      known.add(stage.name);
    }
  });

  it('copies every file that a step reads before that step', () => {
    const build = stages.find(({ name }) => name === 'build') as Stage;
    const copied: string[] = [];
    for (const { keyword, flags, text } of build.instructions) {
      if (keyword === 'COPY' && flags.from === undefined) copied.push(...text.split(/\s+/).slice(0, -1));
      if (keyword !== 'RUN') continue;
      const needed = [...text.matchAll(/\bscripts\/[\w/.-]+/g)].map(([file]) => file);
      const lacking = needed.filter((file) => !copied.some((c) => file === c || file.startsWith(`${c}/`)));
      expect(lacking).toEqual([]);
    }
  });

  it('installs from the lists of the project alone', () => {
    const installed = stages
      .flatMap((stage) => all(stage, 'RUN'))
      .flatMap(({ text }) => [...text.matchAll(/apt-get install ([^;&]*)/g)].map(([, words]) => words));
    const names = installed.flatMap((words = '') => words.trim().split(/\s+/)).filter((w) => !/^-/.test(w));
    expect(names.filter((name) => name !== '"${TENSORRT_DEV}"')).toEqual([]);
    expect(stages.flatMap((stage) => all(stage, 'ADD'))).toEqual([]);
  });

  it('has a last stage that inherits no build stage and takes only what runs', () => {
    expect(stages.map(({ name }) => name)).not.toContain(last.base);
    const copies = all(last, 'COPY').map(({ flags, text }) => `${flags.from} ${text}`);
    const models = 'build /models /var/lib/weir/models';
    expect(copies).toEqual([
      'node /usr/local/bin/node /usr/local/bin/node',
      'build /out /opt/weir',
      ...(path === 'Dockerfile.jetson' ? [models] : []),
    ]);
    const runs = all(last, 'RUN').map(({ text }) => text);
    expect(runs[0]).toBe('/mnt/scripts/image/prepare');
    expect(runs.join('\n')).not.toMatch(/\b(npm|npx|gcc|g\+\+|make|cmake|apt-get|git|curl)\b/);
  });

  it('runs as the user that is made in it', () => {
    const made = /useradd --uid (\d+)/.exec(read('scripts/image/prepare'))?.[1];
    expect(made).toMatch(/^[1-9]\d{4}$/);
    expect(word(last, 'USER').text).toBe(made);
    for (const { flags } of all(last, 'COPY')) expect([undefined, `${made}:${made}`]).toContain(flags.chown);
    const after = last.instructions.slice(last.instructions.indexOf(word(last, 'USER')));
    expect(after.filter(({ keyword }) => keyword === 'RUN')).toEqual([]);
  });

  it('starts and asks for health with commands that Weir has, without a shell', () => {
    const start = [...(execForm(word(last, 'ENTRYPOINT')) ?? []), ...(execForm(word(last, 'CMD')) ?? [])];
    expect(start).toEqual(['weir', 'up', '/etc/weir/weir.yaml']);
    const { text } = word(last, 'HEALTHCHECK');
    const [weir, name, ...rest] = JSON.parse(text.replace(/^.*?CMD /, '')) as string[];
    const command = buildProgram().commands.find((each) => each.name() === name);
    expect([weir, rest[0]]).toEqual(['weir', command?.options.find(({ long }) => long === rest[0])?.long]);
    expect(rest[1]).toBe(defaultSocket('/etc/weir/weir.yaml', environment(last)));
  });

  it('ends as weir up ends: by SIGTERM', () => {
    expect(word(last, 'STOPSIGNAL').text).toBe('SIGTERM');
  });

  it('has the version of the project', () => {
    expect(all(last, 'ARG').map(({ text }) => text)).toContain(`VERSION=${packageVersion()}`);
    expect(word(last, 'LABEL').text).toContain('org.opencontainers.image.version="${VERSION}"');
  });

  it('opens the port of metrics', () => {
    expect(metricsSchema.parse({}).listen).toMatch(new RegExp(`:${word(last, 'EXPOSE').text}$`));
  });

  it('holds no secret and asks for none', () => {
    expect(read(path)).not.toMatch(/password|passwd|secret|token|_KEY|authorization|\bARG \w*(PASS|TOKEN)/i);
  });
});

describe('Dockerfile.jetson', () => {
  it.each(['7.1', '9.1'])('takes the images of DeepStream %s', (version) => {
    const [, build, run] = readDockerfile(read('Dockerfile.jetson'), { DEEPSTREAM: version });
    expect([build?.base, run?.base]).toEqual([
      `nvcr.io/nvidia/deepstream:${version}-triton-multiarch`,
      `nvcr.io/nvidia/deepstream:${version}-samples-multiarch`,
    ]);
  });

  it('builds for NVIDIA, and what a pipeline loads', () => {
    const steps = IMAGES[1]?.stages.flatMap((stage) => all(stage, 'RUN')).map(({ text }) => text) ?? [];
    const native = steps.find((text) => text.includes('cmake'));
    expect(native).toContain('--CDWEIR_PROVIDER=nvidia');
    expect(native?.split('--target ')[1]).toBe('weir nvds_weir_parsers');
  });

  it('keeps weights where their engines can be written', () => {
    const last = IMAGES[1]?.last as Stage;
    expect(environment(last).WEIR_MODEL_DIR).toBe('/var/lib/weir/models');
    expect(read('scripts/image/prepare')).toContain('/var/lib/weir/models');
  });
});

describe('.dockerignore', () => {
  it('sends what is copied and nothing more', () => {
    expect(
      read('.dockerignore')
        .split('\n')
        .filter((l) => l && !/^[#!]/.test(l)),
    ).toEqual(['*']);
    const copied = IMAGES.flatMap(({ stages }) => stages)
      .flatMap((stage) => all(stage, 'COPY'))
      .filter(({ flags }) => flags.from === undefined)
      .flatMap(({ text }) => text.split(/\s+/).slice(0, -1));
    const idle = offered.filter((each) => !copied.some((c) => c === each || c.startsWith(`${each}/`)));
    expect(idle).toEqual([]);
    expect(offered.filter((each) => !existsSync(join(root, each)))).toEqual([]);
  });
});

describe('readDockerfile', () => {
  it('joins continued lines, leaves comments out and fills in what is declared', () => {
    const text =
      'ARG A=1\nARG B=x:${A}\nFROM ${B} AS one\nRUN a \\\n # not this\n && b\nCOPY --from=one x y\n';
    expect(readDockerfile(text)).toEqual([
      {
        name: 'one',
        base: 'x:1',
        instructions: [
          { keyword: 'RUN', flags: {}, text: 'a && b' },
          { keyword: 'COPY', flags: { from: 'one' }, text: 'x y' },
        ],
      },
    ]);
    expect(readDockerfile(text, { A: '2' })[0]?.base).toBe('x:2');
  });

  it('refuses a base that nothing declares', () => {
    expect(() => readDockerfile('FROM ${BASE}')).toThrow('nothing declares BASE');
  });
});
