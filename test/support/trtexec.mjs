/**
 * Stands in for NVIDIA's trtexec, which needs a GPU: takes the options of one release, looks at their values, writes an
 * "engine" that holds its arguments, and fails as the real one does when it is told to.
 * First argument: {"release", "version", "fails"} as JSON; the rest is trtexec's.
 */
import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';

const [setup, ...args] = process.argv.slice(2);
const { release, version, fails } = JSON.parse(setup);
const { options } = JSON.parse(
  readFileSync(new URL('../contract/data/trtexec.json', import.meta.url), 'utf8'),
);

const LAST = `TensorRT.trtexec [TensorRT v${version}] # trtexec ${args.join(' ')}`;
const say = (level, text) => console.log(`[11/26/2026-12:00:00] [${level}] ${text}`);

function fail(...errors) {
  for (const error of errors) say('E', error);
  console.log(`&&&& FAILED ${LAST}`);
  process.exit(1);
}

const SHAPE = /^([^,']+):(\d+(?:x\d+)*)$/;
const PARSERS = {
  '--device': (value) => /^\d+$/.test(value),
  '--useDLACore': (value) => /^\d+$/.test(value),
  '--builderOptimizationLevel': (value) => /^[0-5]$/.test(value),
  '--minShapes': (value) => SHAPE.test(value),
  '--optShapes': (value) => SHAPE.test(value),
  '--maxShapes': (value) => SHAPE.test(value),
  '--memPoolSize': (value) =>
    value
      .split(',')
      .every((pool) => /^(workspace|dlaSRAM|dlaLocalDRAM|dlaGlobalDRAM):\d+(\.\d+)?[BKMG]?$/.test(pool)),
};
const FLAGS = new Set(['--fp16', '--int8', '--skipInference', '--allowGPUFallback']);

/** Nothing is left out and nothing is there twice. */
function parsed() {
  const values = new Map();
  for (const arg of args) {
    const [, name, value] = /^(--\w+)(?:=(.*))?$/.exec(arg) ?? [undefined, arg];
    if (!options[name]?.includes(release) || values.has(name)) fail(`Unknown option: ${name} ${value ?? ''}`);
    const good = FLAGS.has(name) ? value === undefined : (PARSERS[name]?.(value ?? '') ?? Boolean(value));
    if (!good) fail(`Error parsing "${value}" of ${name}`);
    values.set(name, value);
  }
  return values;
}

function dims(values, name) {
  const [, input, sizes] = SHAPE.exec(values.get(name)) ?? [];
  return { input, sizes: sizes.split('x').map(Number) };
}

function checkShapes(values) {
  const given = ['--minShapes', '--optShapes', '--maxShapes'].filter((name) => values.has(name));
  if (given.length === 0) return;
  if (given.length < 3) fail('All of minShapes, optShapes and maxShapes are needed');
  const [min, opt, max] = given.map((name) => dims(values, name));
  const rising = min.sizes.every((size, i) => size <= opt.sizes[i] && opt.sizes[i] <= max.sizes[i]);
  if (min.input !== max.input || opt.input !== max.input || !rising) fail('Invalid optimization profile');
}

function checkDla(values) {
  if (values.has('--useDLACore') && !values.has('--fp16') && !values.has('--int8') && release !== '11.1')
    fail('Error Code 4: DLA requires fp16 or int8');
}

/** Half of it: as if the program had ended while it wrote. */
function half(path) {
  const file = openSync(path, 'w');
  writeSync(file, 'half an eng');
  closeSync(file);
}

const FAILURES = {
  operator: () =>
    fail(
      '[TRT] ModelImporter.cpp:949: While parsing node number 146 [Strange -> "/Strange_output_0"]:',
      '[TRT] ModelImporter.cpp:954: ERROR: onnxOpImporters.cpp:6199 In function importFallbackPluginImporter:',
      'Failed to parse onnx file',
      'Parsing model failed',
      'Failed to create engine from model or file.',
      'Engine set up failed',
    ),
  importer: () => {
    say('I', '[TRT] No importer registered for op: Stranger. Attempting to import as plugin.');
    fail('Failed to parse onnx file', 'Parsing model failed');
  },
  memory: () => {
    say(
      'W',
      '[TRT] UNSUPPORTED_STATE: Skipping tactic 0 due to insufficient memory on requested size of 1677721600',
    );
    fail(
      '[TRT] [virtualMemoryBuffer.cpp::resizePhysical::153] Error Code 2: OutOfMemory (Requested size was 1677721600 bytes.)',
      'Engine could not be created from network',
      'Building engine failed',
    );
  },
  implementation: () =>
    fail(
      'Error[10]: Could not find any implementation for node {ForeignNode[/a.../b]}.',
      'Building engine failed',
    ),
  disk: (path) => {
    half(path);
    fail('Saving engine to file failed.', 'Engine set up failed');
  },
  full: (path) => {
    half(path);
    fail('cannot write: No space left on device', 'Saving engine to file failed.');
  },
  library: () => {
    console.error(
      'trtexec: error while loading shared libraries: libnvinfer.so.10: cannot open shared object file',
    );
    process.exit(127);
  },
  strange: () => fail('Something nobody has seen before'),
  silent: () => process.exit(3),
  killed: (path) => {
    half(path);
    process.kill(process.pid, 'SIGKILL');
  },
  crash: (path) => {
    half(path);
    process.kill(process.pid, 'SIGSEGV');
  },
  empty: (path) => writeFileSync(path, ''),
  nothing: () => process.exit(0),
  hang: (path) => {
    half(path);
    setInterval(() => undefined, 1_000_000);
  },
};

console.log(`&&&& RUNNING ${LAST}`);
const values = parsed();
const onnx = values.get('--onnx');
say('I', 'Start parsing network model.');
if (!existsSync(onnx))
  fail(`Could not open file ${onnx}`, 'Failed to parse onnx file', 'Parsing model failed');
checkShapes(values);
checkDla(values);
if (fails === 'operator' || fails === 'importer') FAILURES[fails]();
say('I', 'Finished parsing network model. Parse time: 0.0483808');
const timing = values.get('--timingCacheFile');
if (timing) writeFileSync(timing, 'measured');
if (fails) FAILURES[fails](values.get('--saveEngine'));
else {
  say('I', 'Engine built in 1.23 sec.');
  writeFileSync(values.get('--saveEngine'), JSON.stringify({ version, args }));
  console.log(`&&&& PASSED ${LAST}`);
}
