import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fakeIo } from '../../../test/cli/fake-io.ts';
import { manualClock } from '../../../test/engine/manual-clock.ts';
import { showing } from './progress.ts';

const LINE = '\r\u001b[2K';

async function shown(options: Parameters<typeof fakeIo>[0], end: 'resolve' | 'reject'): Promise<string> {
  const { stderr } = fakeIo(options);
  const clock = manualClock(0);
  const work = Promise.withResolvers<number>();
  const told = showing(stderr, { what: 'copying', work: () => work.promise, clock });
  clock.advance(2_500);
  if (end === 'resolve') work.resolve(7);
  else work.reject(new Error('no room'));
  await (end === 'resolve' ? told.then((value) => assert.equal(value, 7)) : assert.rejects(told, /no room/));
  assert.equal(clock.pending(), 0);
  return stderr.text;
}

for (const end of ['resolve', 'reject'] as const) {
  it(`work that takes long says for how long already, and leaves nothing behind when it ends (${end})`, async () => {
    const text = await shown({ terminal: { columns: 80, colours: true } }, end);
    assert.equal(text, ['', 'copying …', 'copying … 1 s', 'copying … 2 s', ''].join(LINE));
  });
}

it('says nothing where there is no terminal', async () => {
  assert.equal(await shown({}, 'resolve'), '');
});
