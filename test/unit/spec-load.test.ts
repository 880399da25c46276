import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblems, loadSpec, parseSpec } from '../../src/spec/index.js';
import { root } from '../support/paths.js';

const MODELS = join(root, 'test/unit/models');
const options = { modelsDir: MODELS, baseDir: '/etc/weir', env: {} };

/** A valid spec with one part replaced. */
function specText(
  parts: { head?: string; pipeline?: string; detector?: string; stream?: string } = {},
): string {
  return [
    'appliance: demo',
    parts.head ?? 'nats: {url: "nats://127.0.0.1:4222"}',
    'pipelines:',
    '  - id: main',
    parts.pipeline ?? '    slots: 8',
    `    detector: ${parts.detector ?? '{model: tiny}'}`,
    '    streams:',
    '      - id: front',
    `        ${parts.stream ?? 'uri: rtsp://cam/1'}`,
    '',
  ].join('\n');
}

function parse(text: string) {
  return parseSpec(text, 'weir.yaml', options);
}

function complaints(text: string): string {
  const result = parse(text);
  return result.ok ? 'valid' : formatProblems(result.problems);
}

describe('a valid spec', () => {
  it('gets every default', () => {
    const result = parse('appliance: a\npipelines:\n  - {id: p, detector: {model: tiny}}\n');
    expect(result).toMatchObject({
      ok: true,
      spec: {
        nats: { servers: ['nats://127.0.0.1:4222'], prefix: 'weir' },
        pipelines: [
          {
            slots: 8,
            mux: { width: 1280, height: 720, padding: false, batchTimeoutMs: 66 },
            detector: { threshold: 0.4, iou: 0.5, batch: 8, precision: 'fp32' },
            tracker: { algorithm: 'nvsort', probationAge: 4 },
            streams: [],
          },
        ],
      },
    });
  });

  it('rounds slots up to a multiple of eight and takes the batch timeout from the fastest stream', () => {
    const streams = Array.from({ length: 9 }, (_, i) => `{id: s${i}, uri: "rtsp://c/${i}", fps: ${10 + i}}`);
    const result = parse(
      `appliance: a\npipelines:\n  - {id: p, detector: {model: tiny}, streams: [${streams.join(', ')}]}\n`,
    );
    expect(result).toMatchObject({
      ok: true,
      spec: { pipelines: [{ slots: 16, mux: { batchTimeoutMs: 55 } }] },
    });
  });

  it('turns classes into ids, whether listed or mapped', () => {
    const listed = parse(specText({ detector: '{model: tiny, classes: [car, person, car]}' }));
    const mapped = parse(
      specText({ detector: '{model: tiny, classes: {car: {threshold: 0.7}, person: {}}}' }),
    );
    expect(listed).toMatchObject({
      spec: {
        pipelines: [
          {
            detector: {
              classes: [
                { id: 0, name: 'person' },
                { id: 2, name: 'car' },
              ],
            },
          },
        ],
      },
    });
    expect(mapped).toMatchObject({
      spec: { pipelines: [{ detector: { classes: [{ id: 0 }, { id: 2, threshold: 0.7 }] } }] },
    });
  });

  it('knows one address per purpose', () => {
    const result = parse(specText({ stream: 'uri: {analyse: "rtsp://c/sub", record: "rtsp://c/main"}' }));
    expect(result).toMatchObject({
      spec: {
        pipelines: [
          { streams: [{ uri: { analyse: 'rtsp://c/sub', live: 'rtsp://c/sub', record: 'rtsp://c/main' } }] },
        ],
      },
    });
  });

  it('is frozen to its leaves and has absolute paths', () => {
    const result = parse(specText({ head: 'modelDir: ./weights\nmediaRoot: media' }));
    if (!result.ok) throw new Error(formatProblems(result.problems));
    expect(result.spec).toMatchObject({ modelDir: '/etc/weir/weights', mediaRoot: '/etc/weir/media' });
    expect(Object.isFrozen(result.spec.pipelines[0]?.streams[0]?.uri)).toBe(true);
    expect(result.spec.pipelines[0]?.detector.model.file).toBe('/etc/weir/weights/tiny.onnx');
  });

  it('may use anchors and aliases', () => {
    const text = specText({ detector: '&d {model: tiny}' });
    const second = '  - {id: other, detector: *d}\n';
    expect(complaints(text + second)).toBe('valid');
    const unknown = 'weir.yaml:10:27: pipelines[1].detector: an alias needs a name that was anchored before';
    expect(complaints(text + second.replace('*d', '*e'))).toBe(unknown);
  });
});

const BAD: readonly (readonly [name: string, text: string, message: string])[] = [
  [
    'unknown key, with the nearest known one',
    specText({ detector: '{model: tiny, treshold: 0.5}' }),
    'weir.yaml:6:29: pipelines[0].detector.treshold: unknown key\n    did you mean "threshold"?',
  ],
  [
    'unknown key at the top',
    `${specText()}color: red\n`,
    'weir.yaml:10:1: color: unknown key\n    known here: appliance, nats, metrics, control, stateDir, cameraNetworks, mediaRoot, modelDir, pipelines',
  ],
  [
    'own key __proto__',
    `${specText()}__proto__: {polluted: true}\n`,
    'weir.yaml:10:1: __proto__: unknown key\n    known here: appliance, nats, metrics, control, stateDir, cameraNetworks, mediaRoot, modelDir, pipelines',
  ],
  [
    'wrong type',
    specText({ pipeline: '    slots: many' }),
    'weir.yaml:5:12: pipelines[0].slots: got "many", expected a whole number from 1 to 1024 (streams)',
  ],
  [
    'fraction instead of a whole number',
    specText({ pipeline: '    slots: 8.5' }),
    'weir.yaml:5:12: pipelines[0].slots: got 8.5, expected a whole number from 1 to 1024 (streams)',
  ],
  [
    'out of range',
    specText({ detector: '{model: tiny, threshold: 1.5}' }),
    'weir.yaml:6:40: pipelines[0].detector.threshold: got 1.5, expected a number from 0 to 1',
  ],
  [
    'not one of the choices',
    specText({ detector: '{model: tiny, precision: fp8}' }),
    'weir.yaml:6:40: pipelines[0].detector.precision: got "fp8", expected fp32, fp16 or int8',
  ],
  [
    'a DLA core nobody has',
    specText({ detector: '{model: tiny, dla: 4}' }),
    'weir.yaml:6:34: pipelines[0].detector.dla: got 4, expected a whole number from 0 to 3',
  ],
  [
    'neither true nor false',
    specText({ detector: '{model: tiny, buildEngine: yes}' }),
    'weir.yaml:6:42: pipelines[0].detector.buildEngine: got "yes", expected true or false',
  ],
  [
    'missing key, at the place where it belongs',
    specText({ detector: '{rate: 5}' }),
    'weir.yaml:6:15: pipelines[0].detector.model: missing; expected the name of a model in models/, or the path of a manifest',
  ],
  [
    'list instead of a map',
    specText({ head: 'nats: []' }),
    'weir.yaml:2:7: nats: got an empty list, expected a map, or embedded',
  ],
  ['empty document', '# nothing\n', 'weir.yaml:1:1: got null, expected a map'],
  [
    'two streams of one name',
    `${specText()}      - {id: front, uri: "rtsp://cam/2"}\n`,
    'weir.yaml:10:14: pipelines[0].streams[1].id: got "front", which another stream has\n    give each stream a name of its own',
  ],
  [
    'two streams of one name in different pipelines',
    `${specText()}  - {id: other, detector: {model: tiny}, streams: [{id: front, uri: "rtsp://cam/2"}]}\n`,
    'weir.yaml:10:57: pipelines[1].streams[0].id: got "front", which another stream has\n    give each stream a name of its own',
  ],
  [
    'two pipelines of one name',
    `${specText()}  - {id: main, detector: {model: tiny}}\n`,
    'weir.yaml:10:10: pipelines[1].id: got "main", which another pipeline has\n    give each pipeline a name of its own',
  ],
  [
    'reserved stream name',
    specText().replace('id: front', 'id: ctl'),
    'weir.yaml:8:13: pipelines[0].streams[0].id: "ctl" is reserved for control subjects\n    choose another name',
  ],
  [
    'more streams than slots',
    `${specText({ pipeline: '    slots: 1' })}      - {id: back, uri: "rtsp://cam/2"}\n`,
    'weir.yaml:5:12: pipelines[0].slots: 1 slots, but 2 streams are declared\n    raise "slots"',
  ],
  [
    'unknown model',
    specText({ detector: '{model: tinny}' }),
    'weir.yaml:6:23: pipelines[0].detector.model: there is no model "tinny"\n    did you mean "tiny"?',
  ],
  [
    'model outside the folder of manifests',
    specText({ detector: '{model: ../../etc/passwd}' }),
    'weir.yaml:6:23: pipelines[0].detector.model: there is no model "../../etc/passwd"\n    known: badlabels, tiny',
  ],
  [
    'labels that do not match the model: in the manifest',
    specText({ detector: '{model: badlabels}' }),
    `${MODELS}/badlabels.yaml:18:10: classes: labels.txt has 3 labels, but the model has 4 classes\n    one label per line and class, in the order of the model`,
  ],
  [
    'unknown class in a list',
    specText({ detector: '{model: tiny, classes: [person, cart]}' }),
    'weir.yaml:6:47: pipelines[0].detector.classes[1]: model "tiny" has no class "cart"\n    did you mean "car"?',
  ],
  [
    'unknown class in a map',
    specText({ detector: '{model: tiny, classes: {zebra: {}}}' }),
    'weir.yaml:6:39: pipelines[0].detector.classes.zebra: model "tiny" has no class "zebra"\n    known: person, bicycle, car',
  ],
  [
    'unknown class of messages',
    specText({ detector: '{model: tiny}\n    metadata: {classes: [cat]}' }),
    'weir.yaml:7:26: pipelines[0].metadata.classes[0]: model "tiny" has no class "cat"\n    did you mean "car"?',
  ],
  [
    'class of messages that is not reported',
    specText({ detector: '{model: tiny, classes: [person]}\n    metadata: {classes: [car]}' }),
    'weir.yaml:7:26: pipelines[0].metadata.classes[0]: "car" is not among detector.classes\n    add it there, or leave it out',
  ],
  [
    'only tracked objects without a tracker',
    specText({
      detector: '{model: tiny}\n    tracker: {algorithm: none}\n    metadata: {trackedOnly: true}',
    }),
    'weir.yaml:8:29: pipelines[0].metadata.trackedOnly: only tracked objects are asked for, but nothing is tracked\n    leave it out, or give the pipeline a tracker',
  ],
  [
    'unknown format of messages',
    specText({ detector: '{model: tiny}\n    metadata: {format: protobuff}' }),
    'weir.yaml:7:24: pipelines[0].metadata.format: got "protobuff", expected json, protobuf or nvds-minimal',
  ],
  [
    'wrong limit of a class',
    specText({ detector: '{model: tiny, classes: {car: {treshold: 1}}}' }),
    'weir.yaml:6:45: pipelines[0].detector.classes.car.treshold: unknown key\n    did you mean "threshold"?',
  ],
  [
    'rate and interval',
    specText({ detector: '{model: tiny, rate: 5, interval: 1}' }),
    'weir.yaml:6:48: pipelines[0].detector.interval: "rate" and "interval" exclude each other\n    keep "rate"',
  ],
  [
    'credentials in the URI, which are not repeated',
    specText({ stream: 'uri: rtsp://admin:hunter2@cam/1' }),
    'weir.yaml:9:14: pipelines[0].streams[0].uri: got "rtsp://***@cam/…": user and password are not allowed in a URI\n    use the keys "user" and "password" of the stream, e.g. password: ${env:CAM_PASSWORD}; write a literal "@" as %40',
  ],
  [
    'literal password, which is not repeated',
    specText({ stream: 'uri: rtsp://cam/1\n        user: ${env:U}\n        password: hunter2' }),
    'weir.yaml:11:19: pipelines[0].streams[0].password: got a value that is not shown, expected a reference: ${env:NAME} or ${file:/absolute/path}\n    keep the secret out of the spec: put it into an environment variable or a file of mode 0600',
  ],
  [
    'user without password',
    specText({ stream: 'uri: rtsp://cam/1\n        user: ${env:U}' }),
    'weir.yaml:10:15: pipelines[0].streams[0].user: "user" without "password"\n    add "password"',
  ],
  [
    'credentials in the NATS URL',
    specText({ head: 'nats: {url: "nats://u:hunter2@h:4222"}' }),
    'weir.yaml:2:13: nats.url: user and password are not allowed in a URL\n    use nats.user and nats.password',
  ],
  [
    'NATS URL of another scheme, in a list',
    specText({ head: 'nats: {url: ["nats://a:4222", "http://b"]}' }),
    'weir.yaml:2:31: nats.url[1]: got "http://b", expected nats://host:port or tls://host:port',
  ],
  [
    'several ways to log in',
    specText({ head: 'nats: {token: "${env:T}", creds: "${file:/c}"}' }),
    'weir.yaml:2:7: nats: creds, nkey, token and user exclude each other\n    keep one way to log in',
  ],
  [
    'scheme that is not allowed, inside {analyse}',
    specText({ stream: 'uri: {analyse: "gopher://x", live: 5}' }),
    'weir.yaml:9:24: pipelines[0].streams[0].uri.analyse: got "gopher://x": scheme "gopher" is not allowed\n    use rtsp://host/path or rtsps://host/path\n' +
      'weir.yaml:9:44: pipelines[0].streams[0].uri.live: got 5, expected a URI: rtsp://host/path, rtsps://host/path, or file:///path below mediaRoot',
  ],
  [
    'duplicate key',
    `${specText()}appliance: again\n`,
    'weir.yaml:10:1: appliance: this key stands here twice',
  ],
  ['tag of an unknown type', specText({ head: 'nats: !foo {}' }), 'weir.yaml:2:7: tags are not allowed here'],
  ['tag of bytes', '!!binary aGk=\n', 'weir.yaml:1:1: tags are not allowed here'],
  ['key that is a list', `${specText()}? [a]\n: b\n`, 'weir.yaml:10:3: a key must be plain text'],
  ['two documents', 'a: 1\n---\nb: 2\n', 'weir.yaml:2:1: expected one document, without "---" in between'],
  ['directive of another YAML', '%YAML 9.9\n---\na: 1\n', 'weir.yaml:1:7: not valid YAML'],
  [
    'syntax: the text is not quoted, as it may hold secrets',
    specText({ stream: 'uri: rtsp://cam/1\n       password: "hunter2' }),
    'weir.yaml:10:1: a bracket, quote, comma or colon is missing\nweir.yaml:11:1: a bracket, quote, comma or colon is missing',
  ],
];

describe('a bad spec', () => {
  it.each(BAD)('%s', (_name, text, message) => {
    expect(complaints(text)).toBe(message);
  });

  it('is told all its faults at once, in the order of the file', () => {
    const text = specText({ pipeline: '    slots: no', detector: '{model: nope}', stream: 'uri: 7' });
    expect(complaints(text.replace('appliance: demo', 'appliance: Demo')).match(/^weir.yaml:\d+/gm)).toEqual([
      'weir.yaml:1',
      'weir.yaml:5',
      'weir.yaml:6',
      'weir.yaml:9',
    ]);
  });

  it('says where a file is missing', () => {
    const result = loadSpec('/nowhere/weir.yaml');
    expect(!result.ok && formatProblems(result.problems)).toBe(
      '/nowhere/weir.yaml: there is no such file\n    name the spec, e.g. weir up path/to/weir.yaml',
    );
  });

  it('never repeats a secret', () => {
    const canary = 'c4n4ry';
    const places = [
      specText({ stream: `uri: rtsp://admin:${canary}@cam/1` }),
      specText({ stream: `uri: rtsp://admin:p@ss/${canary}@cam/1` }),
      specText({ stream: `uri: "rtsp://admin:${canary}@@@cam:port/1"` }),
      specText({ stream: `uri: "rtsp://cam/user=admin_password=${canary} x"` }),
      specText({ stream: `uri: {analyse: "http://a:${canary}@cam"}` }),
      specText({ stream: `uri: rtsp://cam/1\n        password: ${canary}` }),
      specText({ stream: `uri: rtsp://cam/1\n        password: [${canary}]` }),
      specText({ stream: `uri: rtsp://cam/1\n        password: "${canary}` }),
      specText({ head: `nats: {url: "nats://u:${canary}@h:4222"}` }),
      specText({ head: `nats: {url: "nats://u:${canary}@h", token: ${canary}, creds: "${canary}"}` }),
      specText({ head: `nats: {url: ["x://u:${canary}@h"]}` }),
    ];
    for (const text of places) {
      const message = complaints(text);
      expect(message).not.toBe('valid');
      expect(message).not.toContain(canary);
    }
  });
});

const INJECTIONS = [
  'a\n[property]\ncustom-lib-path=/tmp/e.so',
  'a\r\nb',
  'x\u0000y',
  '[section]',
  'a;b',
  'a b',
  '../x',
  'é',
  '',
];

describe('injection', () => {
  const quoted = (text: string) => JSON.stringify(text);
  it.each(INJECTIONS)('%j is refused as a name', (text) => {
    expect(complaints(specText().replace('demo', quoted(text)))).toContain('expected a name of at most 63');
    expect(complaints(specText().replace('main', quoted(text)))).toContain('expected a name of at most 63');
    expect(complaints(specText().replace('front', quoted(text)))).toContain('expected a name of at most 63');
    expect(complaints(specText({ head: `nats: {prefix: ${quoted(text)}}` }))).toContain(
      'expected up to eight tokens',
    );
    expect(complaints(specText({ detector: `{model: ${quoted(text)}}` }))).toContain(
      'pipelines[0].detector.model',
    );
  });

  it.each(INJECTIONS.slice(0, 3))('%j is refused as a path, a class and a URI', (text) => {
    expect(complaints(specText({ head: `modelDir: ${quoted(text)}` }))).toContain('expected a path without');
    expect(complaints(specText({ head: `mediaRoot: ${quoted(text)}` }))).toContain('expected a path without');
    expect(complaints(specText({ detector: `{model: tiny, engine: ${quoted(text)}}` }))).toContain(
      'expected a path',
    );
    expect(complaints(specText({ detector: `{model: tiny, classes: [${quoted(text)}]}` }))).toContain(
      'classes[0]',
    );
    expect(complaints(specText({ stream: `uri: ${quoted(`rtsp://cam/${text}`)}` }))).toContain(
      'control characters',
    );
  });

  it('";" is refused where it would split a list of paths', () => {
    expect(complaints(specText({ head: 'modelDir: "a;b"' }))).toContain('expected a path without');
  });

  it('a message shows control characters escaped', () => {
    const message = complaints(specText().replace('demo', '"\\u001b[31m\\u202e\\n"'));
    expect(message).toContain('got "\\u001b[31m\\u202e\\n"');
  });
});
