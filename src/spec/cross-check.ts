/**
 * Rules between values. They look at the raw value, so that they are told together with the schema's complaints,
 * and skip whatever has the wrong shape.
 */
import { resolve } from 'node:path';
import { pairFaults, record, type Fault } from './fault.js';
import { type ManifestResult, manifestPath, modelRemedy, readManifest, unknownModel } from './manifest.js';
import { nearest } from './nearest.js';
import { type Examined, type Problem, show } from './problem.js';
import { ID_PATTERN } from './schema.js';
import { streamFaults } from './stream.js';
import type { Model } from './types.js';

export interface CrossCheckContext {
  /** Folder relative paths of the spec are meant from. */
  readonly baseDir: string;
  readonly modelsDir: string;
  readonly modelDir: string;
}

export interface CrossCheckResult {
  readonly problems: readonly Problem[];
  /** By the spec's word for it. */
  readonly models: ReadonlyMap<string, Model>;
}

type Path = readonly PropertyKey[];

export function crossCheck(source: Examined, context: CrossCheckContext): CrossCheckResult {
  const check = new CrossCheck(source, context);
  check.appliance(source.value);
  return check;
}

class CrossCheck implements CrossCheckResult {
  readonly problems: Problem[] = [];
  readonly models = new Map<string, Model>();
  readonly #manifests = new Map<string, ManifestResult>();
  readonly #pipelineIds = new Set<string>();
  readonly #streamIds = new Set<string>();
  #mediaRoot: string | undefined;

  constructor(
    private readonly source: Examined,
    private readonly context: CrossCheckContext,
  ) {}

  appliance(value: unknown): void {
    const root = record(value);
    this.#mediaRoot =
      typeof root.mediaRoot === 'string' ? resolve(this.context.baseDir, root.mediaRoot) : undefined;
    this.#nats(record(root.nats));
    this.#control(record(root.control));
    for (const [i, p] of list(root.pipelines).entries()) this.#pipeline(record(p), ['pipelines', i]);
  }

  #nats(nats: Record<string, unknown>): void {
    const urls = Array.isArray(nats.url) ? nats.url : [nats.url];
    for (const [i, url] of urls.entries()) {
      const path = Array.isArray(nats.url) ? ['nats', 'url', i] : ['nats', 'url'];
      if (typeof url === 'string') this.#natsUrl(url, path);
    }
    this.#login(nats);
    const { cert, key } = record(nats.tls);
    if ((cert === undefined) !== (key === undefined))
      this.#add(
        ['nats', 'tls'],
        'a certificate needs its key, and a key its certificate',
        'add the other one',
      );
  }

  #login(nats: Record<string, unknown>): void {
    const { creds, nkey, token, user, password, embedded } = nats;
    const ways = [creds, nkey, token, user ?? password].filter((v) => v !== undefined);
    if (ways.length > 1)
      this.#add(['nats'], 'creds, nkey, token and user exclude each other', 'keep one way to log in');
    if (embedded !== undefined && (ways.length > 0 || nats.url !== undefined || nats.tls !== undefined))
      this.#add(
        ['nats', 'embedded'],
        'a server of our own has its own address and login',
        'drop url and login',
      );
    this.#faults(pairFaults(nats), ['nats']);
  }

  #natsUrl(url: string, path: Path): void {
    if (url.includes('@')) {
      this.#add(path, 'user and password are not allowed in a URL', 'use nats.user and nats.password');
    } else if (
      !/^(nats|tls):\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(url) ||
      !URL.canParse(url)
    ) {
      this.#add(path, `got ${show(url)}, expected nats://host:port or tls://host:port`);
    }
  }

  #control(control: Record<string, unknown>): void {
    const tokens = list(control.tokens);
    if (control.listen !== undefined && tokens.length === 0)
      this.#add(
        ['control', 'listen'],
        'TCP without tokens',
        'add control.tokens: over TCP nobody is known without one',
      );
    const names = new Set<string>();
    for (const [i, token] of tokens.entries())
      this.#unique(record(token).name, ['control', 'tokens', i, 'name'], names, 'token');
  }

  #pipeline(p: Record<string, unknown>, path: Path): void {
    this.#unique(p.id, [...path, 'id'], this.#pipelineIds, 'pipeline');
    const streams = list(p.streams);
    if (typeof p.slots === 'number' && streams.length > p.slots) {
      this.#add(
        [...path, 'slots'],
        `${p.slots} slots, but ${streams.length} streams are declared`,
        'raise "slots"',
      );
    }
    for (const [i, s] of streams.entries()) this.#stream(record(s), [...path, 'streams', i]);
    const detector = record(p.detector);
    if (detector.rate !== undefined && detector.interval !== undefined) {
      this.#add([...path, 'detector', 'interval'], '"rate" and "interval" exclude each other', 'keep "rate"');
    }
    const metadata = record(p.metadata);
    if (metadata.trackedOnly === true && record(p.tracker).algorithm === 'none')
      this.#add(
        [...path, 'metadata', 'trackedOnly'],
        'only tracked objects are asked for, but nothing is tracked',
        'leave it out, or give the pipeline a tracker',
      );
    const model = this.#model(detector.model, [...path, 'detector', 'model']);
    if (!model) return;
    this.#reported(detector.classes, model, [...path, 'detector', 'classes']);
    for (const [i, name] of list(record(p.tracker).classes).entries()) {
      this.#className(name, model, [...path, 'tracker', 'classes', i]);
    }
    this.#published(metadata.classes, detector, model, [...path, 'metadata', 'classes']);
  }

  /** Classes of messages must be known to the model, and be among those the detector reports. */
  #published(classes: unknown, detector: Record<string, unknown>, model: Model, path: Path): void {
    const reported = names(detector.classes);
    for (const [i, name] of list(classes).entries()) {
      this.#className(name, model, [...path, i]);
      if (typeof name !== 'string' || !model.labels.includes(name)) continue;
      if (detector.classes !== undefined && reported.length > 0 && !reported.includes(name))
        this.#add(
          [...path, i],
          `${show(name)} is not among detector.classes`,
          'add it there, or leave it out',
        );
    }
  }

  /** A list of names, or a map by name: there it is the key that is wrong. */
  #reported(classes: unknown, model: Model, path: Path): void {
    if (classes === undefined) return;
    const byName = !Array.isArray(classes);
    const given = names(classes);
    if (given.length === 0)
      this.#add(path, 'no class is named', 'name at least one, or leave the key out for all');
    for (const [i, name] of given.entries()) {
      this.#className(name, model, [...path, byName ? String(name) : i], byName);
    }
  }

  #stream(s: Record<string, unknown>, path: Path): void {
    this.#unique(s.id, [...path, 'id'], this.#streamIds, 'stream');
    this.#faults(streamFaults(s, this.#mediaRoot), path);
  }

  #faults(faults: readonly Fault[], path: Path): void {
    for (const fault of faults) this.#add([...path, ...fault.path], fault.message, fault.remedy);
  }

  #unique(id: unknown, path: Path, seen: Set<string>, what: string): void {
    if (typeof id !== 'string' || !ID_PATTERN.test(id)) return;
    if (seen.has(id))
      this.#add(path, `got ${show(id)}, which another ${what} has`, `give each ${what} a name of its own`);
    seen.add(id);
  }

  #model(name: unknown, path: Path): Model | undefined {
    if (typeof name !== 'string') return undefined;
    const file = manifestPath(name, this.context);
    if (file === undefined) {
      this.#add(path, unknownModel(name), modelRemedy(name, this.context));
      return undefined;
    }
    let result = this.#manifests.get(file);
    if (!result) {
      result = readManifest(file, this.context.modelDir);
      this.#manifests.set(file, result);
      if (!result.ok) this.problems.push(...result.problems);
    }
    if (!result.ok) return undefined;
    this.models.set(name, result.model);
    return result.model;
  }

  #className(name: unknown, model: Model, path: Path, key = false): void {
    if (typeof name !== 'string' || model.labels.includes(name)) return;
    const near = nearest(name, model.labels);
    const known = model.labels.slice(0, 12).join(', ') + (model.labels.length > 12 ? ', …' : '');
    const remedy = near ? `did you mean "${near}"?` : `known: ${known}`;
    this.#add(path, `model "${model.name}" has no class ${show(name)}`, remedy, key);
  }

  #add(path: Path, message: string, remedy?: string, key = false): void {
    this.problems.push(this.source.at(path, message, { ...(remedy === undefined ? {} : { remedy }), key }));
  }
}

/** Of a list of names, or a map by name. */
function names(classes: unknown): readonly unknown[] {
  return Array.isArray(classes) ? list(classes) : Object.keys(record(classes));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
