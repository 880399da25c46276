import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXAMPLES } from '../../src/control/examples.js';
import { parseInput } from '../../src/control/input.js';
import { NATS_ERRORS } from '../../src/control/nats-door.js';
import { HTTP_ERRORS, openApi } from '../../src/control/openapi.js';
import { COMMON_ERRORS, type Operation } from '../../src/control/operation.js';
import { OPERATIONS } from '../../src/control/operations.js';
import { ERRORS } from '../../src/spec/error.js';
import { root } from '../support/paths.js';
import { readSpec, specText } from '../support/spec.js';

const page = readFileSync(join(root, 'docs/control.md'), 'utf8');

function named(name: string): Operation {
  const operation = OPERATIONS.find((each) => each.name === name);
  if (!operation) throw new Error(`no operation ${name}`);
  return operation;
}

describe('docs/control.md', () => {
  const REACH = { one: 'those only', some: 'those only', all: 'no' } as const;
  const codes = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ') || '-';

  it('lists every operation with its route, scope, reach and errors', () => {
    const rows = [...page.matchAll(/^\| `[a-z.]+` \| `(?:GET|POST|PATCH|DELETE) .*$/gm)].map(([row]) => row);
    expect(rows).toEqual(
      OPERATIONS.map(({ name, method, path, scope, reach, summary, errors }) => {
        const cells = [`\`${name}\``, `\`${method} ${path}\``, scope, REACH[reach], summary, codes(errors)];
        return `| ${cells.join(' | ')} |`;
      }),
    );
  });

  it('tells every code an operation can be answered with', () => {
    const common = [...page.matchAll(/^\| `([A-Z_]+)` \| /gm)].map(([, code]) => code);
    expect(common).toEqual([...COMMON_ERRORS]);
    expect(page).toContain(`The HTTP door adds ${codes(HTTP_ERRORS.slice(0, 2))}`);
    for (const code of [...HTTP_ERRORS, ...NATS_ERRORS]) expect(page).toContain(`\`${code}\``);
  });

  it('shows requests that validate', () => {
    const bodies = [...page.matchAll(/ -d '([^']+)'/g)].map(([, body = '']) => JSON.parse(body) as object);
    expect(bodies).toHaveLength(2);
    for (const body of bodies)
      if ('stream' in body) parseInput(named('streams.add'), body);
      else parseInput(named('streams.update'), { id: 'gate-2', ...body });
    const commands = [...page.matchAll(/^nats req weir\.gate\.ctl\.([a-z.]+) '([^']*)'/gm)];
    expect(commands).toHaveLength(2);
    for (const [, name = '', body = ''] of commands) parseInput(named(name), JSON.parse(body || '{}'));
  });

  it('shows a `control` that validates', () => {
    const text = /```yaml\n(control:.*?)```/s.exec(page)?.[1] ?? '';
    const { control } = parse(text) as { control: object };
    expect(readSpec(specText('nats://127.0.0.1:4222', {}, { control })).control.tokens).toHaveLength(2);
  });
});

describe('an example', () => {
  it('is there for every operation, and for no other', () => {
    expect(Object.keys(EXAMPLES)).toEqual(OPERATIONS.map(({ name }) => name));
  });

  it.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    'of %s validates',
    (name, operation) => {
      const { input, output } = EXAMPLES[name] ?? {};
      expect(parseInput(operation, input)).toMatchObject(input ?? {});
      // Whole: a key that is not declared would be left out.
      expect(operation.output.parse(output)).toEqual(output);
    },
  );
});

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Route>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface Route {
  readonly operationId: string;
  readonly 'x-scope': string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema?: object; readonly example?: unknown }>>;

describe('the OpenAPI document', () => {
  const document = openApi() as unknown as Document;
  const routeOf = ({ path, method }: Operation) => document.paths[path]?.[method.toLowerCase()] as Route;

  it('has a route for every operation, and itself', () => {
    const routes = Object.values(document.paths).flatMap((item) => Object.values(item));
    const ids = routes.map(({ operationId }) => operationId);
    expect(ids.sort()).toEqual([...OPERATIONS.map(({ name }) => name), 'openapi'].sort());
  });

  it.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    'says of %s its scope, its fields and all its errors',
    (name, operation) => {
      const route = routeOf(operation);
      expect(route['x-scope']).toBe(operation.scope);
      const body = route.requestBody?.content['application/json']?.schema as
        { properties?: object } | undefined;
      const fields = [
        ...(route.parameters ?? []).map((each) => each.name),
        ...Object.keys(body?.properties ?? {}),
      ];
      expect(fields.sort()).toEqual(Object.keys(operation.input.shape).sort());
      const inPath = (route.parameters ?? []).filter((each) => each.in === 'path' && each.required);
      expect(inPath.map((each) => `{${each.name}}`)).toEqual(operation.path.match(/\{\w+\}/g) ?? []);
      for (const code of [...COMMON_ERRORS, ...operation.errors, 'UNAUTHORIZED', 'HOST_REFUSED'] as const)
        expect([name, code, route.responses[ERRORS[code].httpStatus]?.description]).toEqual([
          name,
          code,
          expect.stringContaining(`\`${code}\``),
        ]);
    },
  );

  it('has schemas that its examples fit', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'openapi', ...document }, 'openapi');
    let seen = 0;
    for (const operation of OPERATIONS) {
      const { requestBody, responses } = routeOf(operation);
      for (const content of [requestBody?.content, responses['200']?.content]) {
        const { schema, example } = content?.['application/json'] ?? {};
        if (!schema || example === undefined) continue;
        const placed = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object;
        const validate = ajv.compile(placed);
        expect([operation.name, validate(example), validate.errors]).toEqual([operation.name, true, null]);
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(OPERATIONS.length);
  });
});
