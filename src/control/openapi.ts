/** The HTTP door in OpenAPI 3.1, made of the operations. */
import { z } from 'zod';
import { type ErrorCode, ERRORS } from '../spec/error.js';
import { statusOf } from './error-body.js';
import { EXAMPLES } from './examples.js';
import { type Json, OpenApiSchemas } from './openapi-schemas.js';
import { COMMON_ERRORS, type Operation } from './operation.js';
import { OPERATIONS } from './operations.js';

/** Of the door itself: before an operation is asked for. */
export const HTTP_ERRORS = [
  'UNAUTHORIZED',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'REQUEST_TIMEOUT',
  'TOO_LARGE',
  'MEDIA_TYPE',
  'HOST_REFUSED',
] as const satisfies readonly ErrorCode[];

/** Errors of a path that is one, for a method that it has. */
const WITHOUT_BODY = new Set<ErrorCode>(['TOO_LARGE', 'MEDIA_TYPE']);
const ELSEWHERE = new Set<ErrorCode>(['NOT_FOUND', 'METHOD_NOT_ALLOWED']);

const INFO = {
  title: 'Weir: control of an appliance',
  version: '1',
  description:
    'Over TCP with a bearer token, over the Unix socket without. All operations are idempotent. docs/control.md says more.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

let made: Json | undefined;

/** The same object each time. */
export function openApi(): Json {
  return (made ??= document());
}

function document(): Json {
  const schemas = new OpenApiSchemas();
  const paths: Record<string, Json> = {};
  for (const operation of OPERATIONS) {
    const item = (paths[operation.path] ??= {});
    item[operation.method.toLowerCase()] = route(operation, schemas);
  }
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/v1' }],
    security: [{ token: [] }],
    paths: { ...paths, '/openapi.json': ITSELF },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Error: { ...schemas.of(errorSchema, 'output'), examples: [ERROR_EXAMPLE] },
        ...schemas.components,
      },
    },
  };
}

function route(operation: Operation, schemas: OpenApiSchemas): Json {
  const { name, summary, scope, reach } = operation;
  return {
    operationId: name,
    summary,
    description: `Needs the scope \`${scope}\`. ${REACHES[reach]}`,
    'x-scope': scope,
    'x-reach': reach,
    ...fields(operation, schemas),
    responses: { '200': success(operation, schemas), ...failures(operation) },
  };
}

const REACHES: Readonly<Record<Operation['reach'], string>> = {
  one: 'Callers limited to some cameras: for those only.',
  some: 'Callers limited to some cameras see only those.',
  all: 'Not for callers limited to some cameras.',
};

/** What stands in the path and the query; the rest is the body. */
function fields({ name, input, method, path }: Operation, schemas: OpenApiSchemas): Json {
  const { properties = {}, required = [] } = schemas.of(input, 'input') as Fields;
  const inPath = (key: string) => path.includes(`{${key}}`);
  const inQuery = method === 'GET' || method === 'DELETE';
  const all = Object.keys(properties);
  const parameters = all
    .filter((key) => inQuery || inPath(key))
    .map((key) => parameter(key, inPath(key), properties[key] ?? {}, required.includes(key)));
  const inBody = inQuery ? [] : all.filter((key) => !inPath(key));
  return {
    ...(parameters.length > 0 && { parameters }),
    ...(inBody.length > 0 && { requestBody: body(name, inBody, { properties, required }) }),
  };
}

interface Fields {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

function parameter(name: string, inPath: boolean, { description, ...schema }: Json, required: boolean): Json {
  return { name, in: inPath ? 'path' : 'query', required, ...(description ? { description } : {}), schema };
}

function body(operation: string, keys: readonly string[], { properties = {}, required = [] }: Fields): Json {
  const needed = keys.filter((key) => required.includes(key));
  const example = pick(EXAMPLES[operation]?.input ?? {}, keys);
  return {
    required: needed.length > 0,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          properties: pick(properties, keys),
          ...(needed.length > 0 && { required: needed }),
          additionalProperties: false,
        },
        ...(Object.keys(example).length > 0 && { example }),
      },
    },
  };
}

function pick(from: Readonly<Record<string, unknown>>, keys: readonly string[]): Json {
  return Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]]));
}

function success({ name, output, binary }: Operation, schemas: OpenApiSchemas): Json {
  if (binary) return { description: 'Done.', content: { [binary.type]: {} } };
  const json = { schema: schemas.of(output, 'output'), example: EXAMPLES[name]?.output };
  return { description: 'Done.', content: { 'application/json': json } };
}

/** One response per status, with the codes that have it. */
function failures({ errors, method }: Operation): Json {
  const hasBody = method === 'POST' || method === 'PATCH';
  const doors = HTTP_ERRORS.filter((code) => !ELSEWHERE.has(code) && (hasBody || !WITHOUT_BODY.has(code)));
  const codes = [...new Set([...doors, ...COMMON_ERRORS, ...errors])];
  const statuses = [...new Set(codes.map(statusOf))].sort();
  return Object.fromEntries(
    statuses.map((status) => [status, failure(codes.filter((code) => statusOf(code) === status))]),
  );
}

function failure(codes: readonly ErrorCode[]): Json {
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`).join(' '),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
}

const errorSchema = z.object({
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  remedy: z.string().exactOptional().meta({ description: 'What can be done about it.' }),
});

const ERROR_EXAMPLE = {
  code: 'STREAM_UNKNOWN',
  message: 'no stream "gate-3" is declared',
  remedy: 'declared are: gate-2',
};

const ITSELF = {
  get: {
    operationId: 'openapi',
    summary: 'This document.',
    description: 'Needs the scope `read`.',
    'x-scope': 'read',
    responses: { '200': { description: 'Done.', content: { 'application/json': {} } } },
  },
};
