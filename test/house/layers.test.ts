import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { before, describe, it } from 'node:test';
import { type Finding, lintPlanted } from './lint-planted.ts';

/** Each layer with the layers it may import, types included. */
const MAY_IMPORT = {
  platform: ['platform'],
  domain: ['domain'],
  store: ['store', 'domain', 'platform'],
  runner: ['runner', 'domain', 'platform'],
  disk: ['disk', 'domain', 'platform'],
  engine: ['engine', 'store', 'runner', 'disk', 'domain', 'platform'],
  http: ['http', 'engine', 'domain', 'platform'],
  gateway: ['gateway', 'http', 'engine', 'store', 'runner', 'disk', 'domain', 'platform'],
  cli: ['cli', 'gateway', 'http', 'engine', 'disk', 'domain', 'platform'],
  main: ['cli', 'platform'],
} as const satisfies Record<string, readonly string[]>;

type Layer = keyof typeof MAY_IMPORT;

const LAYERS = Object.keys(MAY_IMPORT) as Layer[];

/** Layers that are one file; the others are folders. */
const FILES: ReadonlySet<Layer> = new Set(['main']);

interface Case {
  /** The sentence that the case helps to prove. */
  readonly title: string;
  readonly path: string;
  /** One line. */
  readonly code: string;
  /** The rule that must speak about the file; null: no rule of the layers may. */
  readonly rule: string | null;
}

/** The rule that must speak, or null for none, and the line it is about. */
type Row = readonly [rule: string | null, code: string];

/** Rules that hold the layers; others may find fault with planted files as they like. */
const LAYER_RULES = ['noRestrictedImports', 'noRestrictedGlobals', 'noJsRestrictedProperties', 'plugin'];

const IMPORTS = LAYERS.flatMap((from) =>
  LAYERS.filter((to) => !FILES.has(from) || to !== from).flatMap((to) => importCases(from, to)),
);

const IN_DOMAIN = table('domain is pure: no I/O, no ambient time or randomness, nothing asynchronous', 'src/domain', [
  ['noRestrictedImports', "import { readFileSync } from 'node:fs';"],
  ['noRestrictedImports', "import type { Stats } from 'node:fs';"],
  ['noRestrictedImports', "import fs from 'fs';"],
  ['noRestrictedImports', "export const load = () => import('node:fs');"],
  ['noRestrictedImports', "import { parse } from 'yaml';"],
  ['noRestrictedImports', "import { v7 } from 'uuid';"],
  ['noRestrictedImports', "import { pino } from 'pino';"],
  ['noRestrictedGlobals', 'export const then = new Date(5);'],
  ['noRestrictedGlobals', 'export type Instant = Date;'],
  ['noRestrictedGlobals', 'export type Later = Promise<number>;'],
  ['noRestrictedGlobals', 'export const id = process.pid;'],
  ['noRestrictedGlobals', 'export const began = performance.now();'],
  ['noRestrictedGlobals', 'setTimeout(() => undefined, 1);'],
  ['noRestrictedGlobals', 'setImmediate(() => undefined);'],
  ['noRestrictedGlobals', 'export const id = crypto.randomUUID();'],
  ['noRestrictedGlobals', 'export const all = globalThis;'],
  ['noJsRestrictedProperties', 'export const now = Date.now();'],
  ['noJsRestrictedProperties', 'export const draw = Math.random();'],
  ['noJsRestrictedProperties', 'export const { random } = Math;'],
  ['noJsRestrictedProperties', "import { Temporal } from 'temporal-polyfill'; export const now = Temporal.Now;"],
  ['plugin', 'export async function answer() { return 1; }'],
  ['plugin', 'export const answer = async () => 1;'],
  ['plugin', 'export const answer = { async give() { return 1; } };'],
  ['plugin', 'export class Answer { async give() { return 1; } }'],
  ['plugin', "export type Job = import('./job.ts').Job;"],
  [null, "import { z } from 'zod'; export const shape = z.string();"],
  [null, "import { Temporal } from 'temporal-polyfill'; export const day = Temporal.PlainDate.from('2026-01-01');"],
  [null, "import { RE2JS } from 're2js'; export const regex = RE2JS;"],
  [null, "import { Ajv2020 } from 'ajv/dist/2020.js'; export const ajv = Ajv2020;"],
  [null, 'export const whole = Math.floor(1.5);'],
]);

const OUTSIDE_PLATFORM = (['store', 'runner', 'disk', 'engine', 'http', 'cli'] as const).flatMap((layer) =>
  table(`${layer} takes time, timers, randomness, ids and environment from platform`, `src/${layer}`, [
    ['noJsRestrictedProperties', 'export const now = Date.now();'],
    ['noJsRestrictedProperties', 'export const draw = Math.random();'],
    ['noJsRestrictedProperties', 'export const home = process.env.HOME;'],
    ['noJsRestrictedProperties', "import process from 'node:process'; export const home = process.env['HOME'];"],
    ['noJsRestrictedProperties', 'export const signal = AbortSignal.timeout(5);'],
    ['noRestrictedGlobals', 'setTimeout(() => undefined, 1);'],
    ['noRestrictedGlobals', 'export const timer = setInterval(() => undefined, 1);'],
    ['noRestrictedGlobals', 'export const began = performance.now();'],
    ['noRestrictedImports', "import { setTimeout as sleep } from 'node:timers/promises';"],
    ['noRestrictedImports', "import { v7 } from 'uuid';"],
    ['plugin', 'export const now = new Date();'],
    [null, 'export const text = (at: number) => new Date(at).toISOString();'],
    [null, "import { readFileSync } from 'node:fs'; export const read = readFileSync;"],
    [null, 'export async function answer(): Promise<number> { return await Promise.resolve(1); }'],
  ]),
);

const ELSEWHERE = [
  ...table('platform reads clock, randomness and environment', 'src/platform', [
    [null, "import { v7 } from 'uuid'; export const all = [Date.now(), new Date(), Math.random(), v7()];"],
    [null, 'export const timer = setTimeout(() => performance.now(), 1); export const { env } = process;'],
  ]),
  ...lines('engine knows the storage port and no store behind it', [
    ['src/engine/a.ts', null, "import type { Store } from '../store/port.ts'; export type Queue = Store;"],
    ['src/engine/d.ts', null, "import type { Command } from '../store/port/commands.ts'; export type C = Command;"],
    ['src/engine/b.ts', 'noRestrictedImports', "import type { Row } from '../store/sqlite/rows.ts';"],
    ['src/engine/c.ts', 'noRestrictedImports', "import { contract } from '../store/contract.ts';"],
  ]),
  ...lines('tests may do I/O and look sideways, not up', [
    [
      'src/domain/x.test.ts',
      null,
      "import { test } from 'node:test'; test(String(Date.now()), async () => undefined);",
    ],
    ['src/domain/y.test.ts', 'noRestrictedImports', "import { openStore } from '../store/sqlite/open.ts';"],
    ['src/engine/x.test.ts', null, "import { openStore } from '../store/sqlite/open.ts'; openStore();"],
    ['src/engine/y.test.ts', 'noRestrictedImports', "import { run } from '../cli/run.ts';"],
    ['src/store/x.test.ts', 'noRestrictedImports', "import { enqueue } from '../engine/enqueue.ts';"],
    ['src/http/x.test.ts', 'noRestrictedImports', "import { run } from '../cli/run.ts';"],
    ['src/platform/x.test.ts', 'noRestrictedImports', "import type { Job } from '../domain/job.ts';"],
  ]),
  ...lines('main hands arguments and environment in', [['src/main.ts', null, 'export const { argv, env } = process;']]),
];

const CASES: readonly Case[] = [...IMPORTS, ...IN_DOMAIN, ...OUTSIDE_PLATFORM, ...ELSEWHERE];

describe('the linter holds the layers', () => {
  const files = Map.groupBy(CASES, ({ path }) => path);
  let findings: readonly Finding[] = [];
  before(() => {
    findings = lintPlanted(
      new Map([...files].map(([path, cases]) => [path, cases.map(({ code }) => `${code}\n`).join('')])),
    );
  });
  for (const [title, cases] of Map.groupBy(CASES, (planted) => planted.title)) {
    it(title, () => {
      assert.deepEqual(
        cases.map((planted) => judge(planted, rulesAt(planted))).filter((fault) => fault !== null),
        [],
      );
    });
  }

  function rulesAt(planted: Case): readonly string[] {
    const line = (files.get(planted.path) ?? []).indexOf(planted) + 1;
    const here = findings.filter((finding) => finding.path === planted.path && finding.line === line);
    return here.map(({ rule }) => rule).filter((rule) => LAYER_RULES.includes(rule));
  }
});

it('every entry of src/ is a layer, so that no code stands outside the rules', () => {
  const known = LAYERS.map((layer) => (FILES.has(layer) ? `${layer}.ts` : layer));
  const unknown = readdirSync(resolve(import.meta.dirname, '../../src')).filter((name) => !known.includes(name));
  assert.deepEqual(
    unknown.filter((name) => !name.endsWith('.test.ts')),
    [],
  );
});

/** Imports of `to` from files of `from`, of a type and of a value, beside each other and one folder deeper. */
function importCases(from: Layer, to: Layer): readonly Case[] {
  const allowed: readonly Layer[] = MAY_IMPORT[from];
  const target = FILES.has(to) ? `${to}.ts` : to === 'store' ? 'store/port.ts' : `${to}/thing.ts`;
  const rule = allowed.includes(to) ? null : 'noRestrictedImports';
  const places = FILES.has(from)
    ? [{ path: `src/${from}.ts`, up: './' }]
    : [
        { path: `src/${from}/imports-${to}.ts`, up: '../' },
        { path: `src/${from}/deeper/imports-${to}.ts`, up: '../../' },
      ];
  return places.flatMap(({ path, up }) => {
    const title = `${from} imports ${allowed.join(', ')} and nothing else of ours`;
    return [
      `import type { A as ${to}A } from '${up}${target}';`,
      `import { b as ${to}B } from '${up}${target}';`,
      `export const ${to}C = () => import('${up}${target}');`,
    ].map((code) => ({ title, path, code, rule }));
  });
}

/** What is wrong with the rules that spoke about a planted line; null: nothing. */
function judge({ path, code, rule }: Case, spoke: readonly string[]): string | null {
  if (rule === null) return spoke.length === 0 ? null : `${path}: ${spoke.join(', ')} must accept ${code}`;
  return spoke.includes(rule) ? null : `${path}: ${rule} must refuse ${code}`;
}

/** One planted file per row. */
function table(title: string, folder: string, rows: readonly Row[]): readonly Case[] {
  return rows.map(([rule, code], index) => ({ title, path: `${folder}/planted-${index}.ts`, code, rule }));
}

/** One planted line per row; rows of one path share the file. */
function lines(title: string, rows: readonly (readonly [path: string, ...Row])[]): readonly Case[] {
  return rows.map(([path, rule, code]) => ({ title, path, code, rule }));
}
