import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interpolate, type Sources } from './interpolate.ts';

const SOURCES: Sources = {
  env: { NAME: 'home', LONG: 'long-secret', EMPTY: '' },
  readFile: (path) =>
    path === 'key'
      ? { ok: true, file: '/etc/key', content: 'line\n\n', warning: null }
      : { ok: false, code: 'file_unreadable', message: 'no such file', hint: null },
};

describe('interpolation', () => {
  const FILLED: readonly (readonly [string, string])[] = [
    ['plain', 'plain'],
    ['${NAME}', 'home'],
    ['a ${env:NAME} b ${NAME}', 'a home b home'],
    ['${env:NONE:-other}', 'other'],
    ['${env:EMPTY:-other}', 'other'],
    ['${env:NONE:-}', ''],
    ['${EMPTY}', ''],
    ['${env:NAME:-other}', 'home'],
    ['${file:key}', 'line\n'],
    ['$${NAME} costs $5 or $$', '${NAME} costs $5 or $$'],
    ['${{ payload.${NAME} }} ${NAME}', '${{ payload.${NAME} }} home'],
    ['${{ never closed ${NAME}', '${{ never closed ${NAME}'],
  ];
  for (const [text, wanted] of FILLED) {
    it(`turns ${JSON.stringify(text)} into ${JSON.stringify(wanted)}`, () => {
      const filled = interpolate(text, SOURCES);
      assert.equal(filled.text, wanted);
      assert.deepEqual(filled.problems, []);
    });
  }

  const REFUSED: readonly (readonly [string, string])[] = [
    ['${NONE}', 'env_unset'],
    ['${toString}', 'env_unset'],
    ['${env:NONE}', 'env_unset'],
    ['${file:other}', 'file_unreadable'],
    ['${}', 'invalid_interpolation'],
    ['${1}', 'invalid_interpolation'],
    ['${NAME:-x}', 'invalid_interpolation'],
    ['${exec:rm}', 'invalid_interpolation'],
    ['${NAME', 'invalid_interpolation'],
    [`\${${'x y'.repeat(100)}}`, 'invalid_interpolation'],
  ];
  for (const [text, code] of REFUSED) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.deepEqual(
        interpolate(`a ${text}`, SOURCES).problems.map((problem) => problem.code),
        [code],
      );
    });
  }

  it('keeps values of the environment of 8 bytes or more secret, but no default', () => {
    const { references } = interpolate('${NAME} ${LONG} ${env:LONG:-long-secret} ${file:key}', SOURCES);
    assert.deepEqual(references, [
      { kind: 'env', name: 'NAME', snippet: '${NAME}', value: 'home', masked: false, warning: null },
      { kind: 'env', name: 'LONG', snippet: '${LONG}', value: 'long-secret', masked: true, warning: null },
      { kind: 'file', name: '/etc/key', snippet: '${file:key}', value: 'line\n', masked: true, warning: null },
    ]);
  });

  it('tells what a text is made of, piece by piece', () => {
    const { pieces } = interpolate('a $${x} ${LONG}${env:NONE:-other} ${{ y }}${file:key}$', SOURCES);
    const shown = pieces.map(
      ({ text, from, secret }) => `${from ?? '-'} ${JSON.stringify(text)}${secret ? ' secret' : ''}`,
    );
    assert.deepEqual(shown, [
      '- "a "',
      '- "${"',
      '- "x} "',
      'env:LONG "long-secret" secret',
      'env:NONE "other"',
      '- " "',
      '- "${{ y }}"',
      'file:key "line\\n" secret',
      '- "$"',
    ]);
  });

  it('tells a lone reference from one within a text', () => {
    const lone = ['${NAME}', ' ${NAME}', '${NAME}${NAME}', '$${NAME}', 'x'].map(
      (text) => interpolate(text, SOURCES).lone,
    );
    assert.deepEqual(lone, [true, false, false, false, false]);
  });
});
