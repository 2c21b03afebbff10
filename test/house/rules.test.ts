import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Finding, lintPlanted } from './lint-planted.ts';

/** Each strict rule with files that break it; the first file is the one it must speak about. */
const BROKEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  noExplicitAny: { 'src/http/any.ts': 'export const size = (value: any): number => value.size;' },
  noNonNullAssertion: { 'src/http/non-null.ts': 'export const first = (all: string[]): string => all[0]!;' },
  noDefaultExport: { 'src/http/default.ts': 'export default 1;' },
  noEnum: { 'src/http/enum.ts': "export enum Kind { A = 'a' }" },
  noUnusedVariables: { 'src/http/unused.ts': 'function unused(): void {}' },
  noUnusedImports: { 'src/http/unused-import.ts': "import { request } from 'node:http';" },
  noUnusedFunctionParameters: { 'src/http/parameter.ts': 'export function one(two: number): number { return 1; }' },
  noBarrelFile: { 'src/http/index.ts': "export { one } from './one.ts';" },
  useImportType: { 'src/http/type.ts': "import { Job } from '../domain/job.ts'; export type Work = Job;" },
  useImportExtensions: { 'src/http/extension.ts': "import { a } from './circle-a'; export const b = a;" },
  noImportCycles: {
    'src/http/circle-a.ts': "import type { B } from './circle-b.ts'; export type A = B | 1;",
    'src/http/circle-b.ts': "import type { A } from './circle-a.ts'; export type B = A | 2;",
  },
  useExhaustiveSwitchCases: {
    'src/http/switch.ts': "export function f(x: 'a' | 'b'): number { switch (x) { case 'a': return 1; } return 2; }",
  },
  noFloatingPromises: { 'src/http/float.ts': 'async function go(): Promise<void> { await 1; }\ngo();' },
  noMisusedPromises: {
    'src/http/misuse.ts':
      'async function go(): Promise<void> {}\nexport const sure = (): number => { if (go()) return 1; return 2; };',
  },
  noConsole: { 'src/http/console.ts': "console.log('here');" },
  noUndeclaredDependencies: {
    'src/http/undeclared.ts': "import { pad } from 'left-pad'; export const padded = pad;",
    'src/http/development.ts': "import fc from 'fast-check'; export const check = fc;",
  },
  useFilenamingConvention: { 'src/http/camelCase.ts': 'export const one = 1;' },
  noFocusedTests: { 'src/http/focused.test.ts': "import { it } from 'node:test'; it.only('works', () => undefined);" },
  noSkippedTests: { 'src/http/skipped.test.ts': "import { it } from 'node:test'; it.skip('works', () => undefined);" },
};

describe('the linter holds the strict rules', () => {
  let findings: readonly Finding[] = [];
  before(() => {
    const files = Object.values(BROKEN).flatMap((planted) => Object.entries(planted));
    findings = lintPlanted(new Map([...files, ['src/http/clean.ts', 'export const clean = true;\n']]));
  });
  for (const [rule, files] of Object.entries(BROKEN)) {
    for (const path of Object.keys(files)) {
      it(`${rule} speaks about ${path}`, () => {
        const here = findings.filter((finding) => finding.path === path).map((finding) => finding.rule);
        assert.ok(here.includes(rule), `found: ${here.join(', ') || 'nothing'}`);
      });
    }
  }
  it('no rule speaks about a clean file', () => {
    assert.deepEqual(
      findings.filter((finding) => finding.path === 'src/http/clean.ts'),
      [],
    );
  });
});
