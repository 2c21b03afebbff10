import assert from 'node:assert/strict';
import { it } from 'node:test';
import { paintFor, toneOf } from './paint.ts';

const sink = (colours: boolean) => ({ isTerminal: true, colours, columns: 80, write() {} });

it('paint leaves text alone unless the sink wants colours', () => {
  assert.equal(paintFor(sink(false))('bad', 'x'), 'x');
  assert.equal(paintFor(sink(true))('bad', 'x'), '\u001b[31mx\u001b[39m');
});

it('each way to end has a tone, and what is unknown is merely strong', () => {
  assert.deepEqual(['succeeded', 'dead', 'orphaned', 'cancelled', '?'].map(toneOf), [
    'good',
    'bad',
    'warn',
    'dim',
    'strong',
  ]);
});
