/** How a device is doing, from lines and files written after documentation: none was recorded by us on a device. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceWatch } from '../../src/device/device-watch.js';
import type { Machine } from '../../src/device/machine.js';
import { combine, type DeviceReading, ENGINES, MOST_NAMES } from '../../src/device/reading.js';
import { readGpuClock, readSysfs } from '../../src/device/sysfs.js';
import { MAX_LINE, parseTegrastats } from '../../src/device/tegrastats.js';
import { Tegrastats } from '../../src/device/tegrastats-child.js';
import { createHttp } from '../../src/http/server.js';
import { LABEL_VALUES } from '../../src/metrics/labels.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { parseExposition, valueOf } from '../support/prometheus.js';
import {
  changed,
  EMPTY,
  recordedDevices,
  recordedMachine,
  recordedTree,
} from '../support/recorded-machine.js';
import { withTempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

const lines = recordedDevices().flatMap((id) => recordedTree(id).tegrastats);
const line = (id: string, index = 0): string => recordedTree(id).tegrastats[index] ?? '';

describe('a line of tegrastats', () => {
  it('of Orin with JetPack 6 tells everything', () => {
    expect(parseTegrastats(line('orin-nx-16gb'))).toMatchInlineSnapshot(`
      {
        "engines": {
          "nvdec0": {
            "hertz": 716000000,
            "load": 0.35,
          },
          "nvenc0": {
            "hertz": 0,
            "load": 0,
          },
          "nvjpg0": {
            "hertz": 0,
            "load": 0,
          },
          "nvjpg1": {
            "hertz": 0,
            "load": 0,
          },
          "ofa": {
            "hertz": 0,
            "load": 0,
          },
          "vic": {
            "hertz": 435000000,
            "load": 0.12,
          },
        },
        "gpu": {
          "hertz": 917000000,
          "load": 0.62,
        },
        "memory": {
          "sizeBytes": 16466837504,
          "usedBytes": 4118806528,
        },
        "memoryBus": {
          "hertz": 3199000000,
          "load": 0.04,
        },
        "rails": {
          "VDD_CPU_GPU_CV": 5.506,
          "VDD_IN": 12.553,
          "VDD_SOC": 3.297,
        },
        "swap": {
          "sizeBytes": 8233418752,
          "usedBytes": 0,
        },
        "temperatures": {
          "cpu": 53.75,
          "gpu": 52.45,
          "soc0": 52.75,
          "soc1": 52.25,
          "soc2": 51.35,
          "tj": 53.75,
        },
      }
    `);
  });

  it('of Orin with JetPack 7.2 has a highest value more', () => {
    expect(parseTegrastats(line('agx-orin-64gb'))).toMatchInlineSnapshot(`
      {
        "engines": {
          "nvdec0": {
            "hertz": 0,
            "load": 0,
          },
          "nvenc0": {
            "hertz": 0,
            "load": 0,
          },
          "nvjpg0": {
            "hertz": 0,
            "load": 0,
          },
          "nvjpg1": {
            "hertz": 0,
            "load": 0,
          },
          "ofa": {
            "hertz": 0,
            "load": 0,
          },
          "vic": {
            "hertz": 0,
            "load": 0,
          },
        },
        "gpu": {
          "hertz": 1300000000,
          "load": 0.12,
        },
        "memory": {
          "sizeBytes": 65868398592,
          "usedBytes": 21683503104,
        },
        "memoryBus": {
          "hertz": 3199000000,
          "load": 0.03,
        },
        "rails": {
          "VDD_CPU_CV": 3.279,
          "VDD_GPU_SOC": 5.15,
          "VIN_SYS_5V0": 5.511,
        },
        "temperatures": {
          "cpu": 54.218,
          "gpu": 48.875,
          "soc0": 50.781,
          "soc2": 49.656,
        },
      }
    `);
  });

  it('of Thor has clocks without load, and several of each engine', () => {
    expect(parseTegrastats(line('thor-t5000'))).toMatchInlineSnapshot(`
      {
        "engines": {
          "nvdec0": {
            "hertz": 314000000,
          },
          "nvdec1": {
            "hertz": 314000000,
          },
          "nvenc0": {
            "hertz": 314000000,
          },
          "nvenc1": {
            "hertz": 314000000,
          },
          "nvjpg0": {
            "hertz": 314000000,
          },
          "ofa": {
            "hertz": 315000000,
          },
          "vic": {
            "hertz": 0,
            "load": 0,
          },
        },
        "gpu": {
          "hertz": 314000000,
        },
        "memory": {
          "sizeBytes": 131881500672,
          "usedBytes": 110417149952,
        },
        "memoryBus": {
          "hertz": 2750000000,
          "load": 0,
        },
        "rails": {
          "VDD_CPU_SOC_MSS": 5.898,
          "VDD_GPU": 1.973,
          "VIN": 19.791,
          "VIN_SYS_5V0": 5.646,
        },
        "temperatures": {
          "cpu": 38.593,
          "gpu": 40.125,
          "soc012": 38.718,
          "soc345": 38.656,
          "tj": 40.125,
        },
      }
    `);
    expect(parseTegrastats(line('thor-t5000', 1))?.gpu).toEqual({ load: 0.87, hertz: 1_574e6 });
    expect(parseTegrastats(line('thor-t5000', 2))).toMatchObject({ engines: {}, rails: { VDD_GPU: -0.403 } });
  });

  it('of Nano and Xavier is read as well', () => {
    expect(parseTegrastats(line('jetson-nano'))).toMatchInlineSnapshot(`
      {
        "engines": {},
        "gpu": {
          "load": 0,
        },
        "memory": {
          "sizeBytes": 4156555264,
          "usedBytes": 2151677952,
        },
        "memoryBus": {
          "load": 0,
        },
        "rails": {
          "POM_5V_CPU": 0.163,
          "POM_5V_GPU": 0.122,
          "POM_5V_IN": 1.388,
        },
        "swap": {
          "sizeBytes": 2078277632,
          "usedBytes": 30408704,
        },
        "temperatures": {
          "ao": 37.25,
          "cpu": 32.75,
          "gpu": 31.75,
          "pll": 29.25,
          "pmic": 101.25,
          "thermal": 32.5,
        },
      }
    `);
    expect(parseTegrastats(line('xavier-nx'))?.engines).toEqual({
      nvdec0: { hertz: 460e6 },
      vic: { load: 0, hertz: 115e6 },
    });
    expect(parseTegrastats(line('agx-xavier'))?.engines).toMatchObject({ nvenc1: { load: 0, hertz: 115e6 } });
  });

  it.each(lines)('%s: nothing of it is passed over but what has no metric', (text) => {
    const reading = parseTegrastats(text);
    if (!reading) throw new Error('not read');
    const temperatures = text.match(/\w+@\d[\d.]*C\b/g) ?? [];
    expect(Object.keys(reading.temperatures)).toHaveLength(temperatures.length);
    const rails = text.match(/\b(?!NC )\w+ -?\d+(?:mW)?\/-?\d+(?:mW|\b)(?!MB)/g) ?? [];
    expect(Object.keys(reading.rails)).toHaveLength(rails.length);
    expect(reading.gpu !== undefined).toBe(text.includes('GR3D_FREQ'));
    expect(reading.memory?.sizeBytes).toBeGreaterThan(0);
  });

  const NONE: readonly [what: string, text: string][] = [
    ['nothing', ''],
    ['an error', 'tegrastats: command not allowed'],
    ['half a word', 'RAM 100'],
    ['another unit', 'RAM 100/200kB'],
    ['numbers too large', 'RAM 1000000000/2000000000MB'],
    ['a line without end', `RAM 1/2MB ${'x'.repeat(MAX_LINE)}`],
  ];
  it.each(NONE)('is not %s', (_, text) => {
    expect(parseTegrastats(text)).toBeUndefined();
  });

  const PARTS: readonly [text: string, reading: Partial<DeviceReading>][] = [
    ['GR3D_FREQ', {}],
    ['GR3D_FREQ 45%', { gpu: { load: 0.45 } }],
    ['GR3D_FREQ 250%@9', { gpu: { load: 1, hertz: 9e6 } }],
    ['GR3D_FREQ x%@9', {}],
    ['NVDEC off', { engines: { nvdec0: { load: 0, hertz: 0 } } }],
    ['NVDEC7 5%@9', {}],
    ['NVDLA0 5%@9', {}],
    ['gpu@-256C tj@500C cpu@41C', { temperatures: { cpu: 41 } }],
    ['NC 5mW/5mW VDD_X 5mW/6mW/7mW', { rails: { VDD_X: 0.005 } }],
    ['VDD_X 5W/5W', {}],
    [`${'a'.repeat(40)}@41C`, {}],
    ['1V8@41C', {}],
  ];
  it.each(PARTS)('RAM 1/2MB %s', (text, reading) => {
    const memory = { usedBytes: 1024 ** 2, sizeBytes: 2 * 1024 ** 2 };
    expect(parseTegrastats(`RAM 1/2MB ${text}`)).toEqual({
      memory,
      engines: {},
      temperatures: {},
      rails: {},
      ...reading,
    });
  });

  it('makes no more names than a page should have', () => {
    const many = Array.from({ length: 60 }, (_, i) => `z${i}@40C R${i} 1mW/1mW`).join(' ');
    const reading = parseTegrastats(`RAM 1/2MB ${many}`);
    expect(Object.keys(reading?.temperatures ?? {})).toHaveLength(MOST_NAMES);
    expect(Object.keys(reading?.rails ?? {})).toHaveLength(MOST_NAMES);
  });

  it('never throws, and what it gives can be measured, whatever the line', () => {
    const words = lines.flatMap((text) => text.split(' '));
    const mixed = fc
      .array(fc.oneof(fc.constantFrom(...words), fc.string(), fc.constantFrom('__proto__', 'constructor')))
      .map((some) => some.join(' '));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: 'binary' }),
          mixed,
          mixed.map((text) => `RAM 1/2MB ${text}`),
        ),
        (text) => {
          const reading = parseTegrastats(text);
          if (reading) expectSound(reading);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function expectSound({ gpu, memoryBus, engines, temperatures, rails, memory }: DeviceReading): void {
  for (const use of [gpu, memoryBus, ...ENGINES.map((engine) => engines[engine])]) {
    if (use?.load !== undefined) expect(use.load >= 0 && use.load <= 1).toBe(true);
    if (use?.hertz !== undefined) expect(Number.isFinite(use.hertz) && use.hertz >= 0).toBe(true);
  }
  for (const values of [temperatures, rails]) {
    for (const [name, value] of Object.entries(values)) {
      expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]{0,31}$/);
      expect(Number.isFinite(value)).toBe(true);
    }
  }
  if (memory) expect(Number.isFinite(memory.usedBytes) && Number.isFinite(memory.sizeBytes)).toBe(true);
}

describe("the kernel's files", () => {
  const read = (id: string, changes = {}) => readSysfs(recordedMachine(changed(recordedTree(id), changes)));

  it('of Orin', async () => {
    expect(await read('orin-nx-16gb')).toMatchInlineSnapshot(`
      {
        "engines": {
          "nvdec0": {
            "hertz": 115200000,
          },
          "nvenc0": {
            "hertz": 115200000,
          },
          "nvjpg0": {
            "hertz": 115200000,
          },
          "nvjpg1": {
            "hertz": 115200000,
          },
          "vic": {
            "hertz": 115200000,
          },
        },
        "gpu": {
          "hertz": 306000000,
          "load": 0.187,
        },
        "memory": {
          "sizeBytes": 16467083264,
          "usedBytes": 8233541632,
        },
        "rails": {
          "VDD_CPU_GPU_CV": 0.521664,
          "VDD_IN": 3.581424,
          "VDD_SOC": 1.123584,
        },
        "swap": {
          "sizeBytes": 8233541632,
          "usedBytes": 0,
        },
        "temperatures": {
          "cpu": 45.812,
          "gpu": 46.843,
          "soc0": 46.093,
          "soc1": 46.281,
          "soc2": 44.843,
          "tj": 46.843,
        },
      }
    `);
  });

  it('of Thor and Nano', async () => {
    expect(await read('thor-t5000')).toMatchInlineSnapshot(`
      {
        "engines": {},
        "gpu": {
          "hertz": 315000000,
        },
        "memory": {
          "sizeBytes": 131881500672,
          "usedBytes": 65940750336,
        },
        "rails": {
          "VDD_CPU_SOC_MSS": 5.888256,
          "VDD_GPU": 1.962752,
          "VIN_SYS_5V0": 5.634,
        },
        "swap": {
          "sizeBytes": 0,
          "usedBytes": 0,
        },
        "temperatures": {
          "cpu": 37.343,
          "gpu": 38.875,
          "soc012": 37.468,
          "soc345": 37.406,
          "tj": 38.875,
        },
      }
    `);
    expect((await read('jetson-nano')).gpu).toEqual({ load: 0.187, hertz: 76_800_000 });
  });

  it('are not there on other machines', async () => {
    expect(await readSysfs(recordedMachine(EMPTY))).toEqual({ engines: {}, temperatures: {}, rails: {} });
    expect(await readGpuClock(recordedMachine(EMPTY))).toBeUndefined();
  });

  it('give sound readings whatever they hold', async () => {
    const { files } = recordedTree('agx-orin-64gb');
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '',
        '-1\n',
        '99999999999999999999\n',
        'ina3221\n',
        'cpu-thermal\n',
        ...Object.values(files),
      ),
    );
    const some = fc.record(
      Object.fromEntries(
        Object.keys(files)
          .filter((path) => /^\/(sys|proc)/.test(path))
          .map((path) => [path, text]),
      ),
    );
    await fc.assert(
      fc.asyncProperty(some, async (odd) =>
        expectSound(await readSysfs(recordedMachine({ ...EMPTY, files: odd }))),
      ),
      { numRuns: 100 },
    );
  });
});

describe('tegrastats as a child', () => {
  /** A program that prints lines and then does as it is told; each run leaves a mark in `runs`. */
  const program = (dir: string, text: readonly string[], then: 'stay' | 'end') => {
    const file = join(dir, 'tegrastats.mjs');
    const last = then === 'stay' ? 'setInterval(() => {}, 60_000);' : '';
    writeFileSync(
      file,
      `import { appendFileSync } from 'node:fs';
       appendFileSync(${JSON.stringify(join(dir, 'runs'))}, process.pid + '\\n');
       process.stdout.write(${JSON.stringify(text.join('\n') + '\n')}, () => { ${last} });`,
    );
    return [process.execPath, file] as const;
  };

  it('keeps the last reading, and ends with its owner', async () => {
    await withTempDir(async (dir) => {
      const command = program(dir, ['not a line', line('orin-nano-8gb'), line('orin-nx-16gb')], 'stay');
      const child = new Tegrastats({ command });
      expect(child.latest).toBeUndefined();
      await until('the last line is read', () => child.latest?.gpu?.load === 0.62);
      await child[Symbol.asyncDispose]();
      const [pid] = readFileSync(join(dir, 'runs'), 'utf8').split('\n').map(Number);
      expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
    });
  });

  it('starts it anew when it ends, later and later when nothing comes of it', async () => {
    await withTempDir(async (dir) => {
      const failures: number[] = [];
      const pause = (count: number) => {
        failures.push(count);
        return 1;
      };
      await using child = new Tegrastats({ command: program(dir, ['nothing of use'], 'end'), pause });
      await until('it has ended three times', () => failures.length >= 3);
      expect(failures.slice(0, 3)).toEqual([1, 2, 3]);
      expect(child.latest).toBeUndefined();
    });
  });

  it('does not wait longer after one that has worked', async () => {
    await withTempDir(async (dir) => {
      const failures: number[] = [];
      const pause = (count: number) => {
        failures.push(count);
        return 1;
      };
      await using child = new Tegrastats({ command: program(dir, [line('orin-nx-16gb')], 'end'), pause });
      await until('it has ended twice', () => failures.length >= 2);
      expect(failures.slice(0, 2)).toEqual([0, 0]);
      expect(child.latest).toBeDefined();
    });
  });

  it('gives up where there is no such program, and bears a flood without a line end', async () => {
    let paused = 0;
    const missing = new Tegrastats({ command: ['/no/such/tegrastats'], pause: () => ++paused });
    await missing[Symbol.asyncDispose]();
    expect(paused).toBe(0);
    const flood = `process.stdout.write('x'.repeat(1e6)); process.stdout.write('\\n${line('orin-nx-16gb')}\\n'); setInterval(() => {}, 60_000);`;
    await using child = new Tegrastats({ command: [process.execPath, '-e', flood] });
    await until('the line after it is read', () => child.latest);
  });
});

describe('the watch', () => {
  const command = [
    process.execPath,
    '-e',
    `console.log(${JSON.stringify(line('orin-nx-16gb'))}); setInterval(() => {}, 60_000);`,
  ] as const;

  it('puts files and tegrastats together', async () => {
    const machine = recordedMachine(recordedTree('orin-nx-16gb'));
    await using watch = await DeviceWatch.open({ machine, command });
    const reading = await until('tegrastats has spoken', async () => {
      const now = await watch.reading();
      return now?.engines.nvdec0?.load !== undefined && now;
    });
    expect(reading.engines.nvdec0).toEqual({ load: 0.35, hertz: 716e6 });
    expect(reading.engines.nvenc0).toEqual({ load: 0, hertz: 0 });
    expect(Object.keys(reading.rails)).toEqual(['VDD_IN', 'VDD_CPU_GPU_CV', 'VDD_SOC']);
  });

  it('has the files alone where tegrastats is missing, and nothing on other machines', async () => {
    const machine = recordedMachine(recordedTree('thor-t5000'));
    await using alone = await DeviceWatch.open({ machine, command: ['/no/such/tegrastats'] });
    expect(await alone.reading()).toEqual(await readSysfs(machine));
    await using none = await DeviceWatch.open({ machine: recordedMachine(EMPTY), command });
    expect(await none.reading()).toBeUndefined();
  });

  it('does not wait for a sensor that is stuck, and asks it once', async () => {
    const tree = recordedMachine(recordedTree('orin-nx-16gb'));
    let asked = 0;
    const stuck: Machine = {
      ...tree,
      read: (path) => (path.endsWith('/curr1_input') ? (asked++, new Promise(() => {})) : tree.read(path)),
    };
    await using watch = await DeviceWatch.open({
      machine: stuck,
      command: ['/no/such/tegrastats'],
      timeoutMs: 20,
    });
    expect([await watch.reading(), await watch.reading()]).toEqual([undefined, undefined]);
    expect(asked).toBe(1);
  });

  it('lets what tegrastats says go before, part by part', () => {
    const none = { engines: {}, temperatures: {}, rails: {} };
    const files = {
      ...none,
      gpu: { load: 0.1, hertz: 5 },
      engines: { vic: { hertz: 1 } },
      temperatures: { cpu: 40, tj: 41 },
    };
    const over = { ...none, gpu: { load: 0.2 }, engines: { nvdec0: { load: 1 } }, temperatures: { cpu: 50 } };
    expect(combine(files, over)).toEqual({
      gpu: { load: 0.2, hertz: 5 },
      engines: { vic: { hertz: 1 }, nvdec0: { load: 1 } },
      temperatures: { cpu: 50, tj: 41 },
      rails: {},
    });
    expect(combine(none, none)).toEqual(none);
    const swap = { usedBytes: 1, sizeBytes: 2 };
    const silent = parseTegrastats(line('thor-t5000'));
    expect(silent && combine({ ...none, swap }, silent).swap).toEqual(swap);
    const many = (letter: string) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${letter}${i}`, 1]));
    const both = combine({ ...none, rails: many('a') }, { ...none, rails: many('b') });
    expect(Object.keys(both.rails)).toHaveLength(MOST_NAMES);
  });
});

describe('metrics of the device', () => {
  const scrape = async (device?: DeviceReading) =>
    parseExposition(
      await new Metrics({
        version: '1.2.3',
        status: async () => ({ pipelines: [], processes: [] }),
        device: async () => device,
      }).text(),
    );

  it('tell what was read, in units of Prometheus', async () => {
    const page = await scrape(parseTegrastats(line('orin-nx-16gb')));
    const value = (name: string, labels = {}) => valueOf(page, `weir_device_${name}`, labels);
    expect(value('gpu_load_ratio')).toBe(0.62);
    expect(value('gpu_clock_hertz')).toBe(917e6);
    expect(value('engine_load_ratio', { engine: 'nvdec0' })).toBe(0.35);
    expect(value('engine_clock_hertz', { engine: 'vic' })).toBe(435e6);
    expect(value('memory_bus_load_ratio')).toBe(0.04);
    expect(value('memory_size_bytes')).toBe(15_704 * 1024 ** 2);
    expect(value('swap_used_bytes')).toBe(0);
    expect(value('temperature_celsius', { zone: 'tj' })).toBe(53.75);
    expect(value('power_watts', { rail: 'VDD_IN' })).toBe(12.553);
    for (const [name, { series }] of page) {
      for (const { labels } of series) {
        if (labels.engine !== undefined) expect(LABEL_VALUES[name]?.engine).toContain(labels.engine);
      }
    }
  });

  it('are on the page of the appliance', async () => {
    const app = createHttp({
      version: '1.2.3',
      log: { error: () => undefined },
      status: async () => ({ pipelines: [], processes: [] }),
      device: async () => parseTegrastats(line('orin-nx-16gb')),
      health: () => [],
    });
    const { body } = await app.inject({ url: '/metrics' });
    await app.close();
    expect(valueOf(parseExposition(body), 'weir_device_gpu_load_ratio')).toBe(0.62);
  });

  it('have no series elsewhere', async () => {
    const page = await scrape();
    const ours = [...page].filter(([name]) => name.startsWith('weir_device_'));
    expect(ours).toHaveLength(11);
    expect(ours.flatMap(([, { series }]) => series)).toEqual([]);
  });
});
