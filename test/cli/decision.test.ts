import assert from 'node:assert/strict';
import { it } from 'node:test';
import { site } from './site.ts';

it('ductile decision list shows decisions by what they are about, by code and by age', async (t) => {
  const { json, say, error } = site(t);
  const { event_id } = await json(0, 'emit', 'greet.done', '--payload', '{"n":2}');
  await json(0, 'emit', 'nobody.asks');
  const codes = async (...words: readonly string[]) => {
    const { decisions, next_cursor } = await json(0, 'decision', 'list', ...words);
    assert.equal(next_cursor, null);
    return decisions.map(({ code }: { code: string }) => code);
  };
  assert.deepEqual(await codes(), ['event_unrouted', 'route_condition_false', 'route_taken']);
  assert.deepEqual(await codes('--event', event_id), ['route_condition_false', 'route_taken']);
  assert.deepEqual(await codes('--code', 'event_unrouted', '--since', '1h'), ['event_unrouted']);
  assert.deepEqual(await codes('--route', 'never'), ['route_condition_false']);
  assert.deepEqual(await codes('--instance', 'flaky'), []);
  assert.deepEqual(await codes('--since', '2100-01-01T00:00:00Z'), []);
  const first = await json(0, 'decision', 'list', '--limit', '1');
  const rest = await json(0, 'decision', 'list', '--cursor', first['next_cursor']);
  assert.equal(rest['decisions'].length, 2);
  const { out } = await say('decision', 'list');
  assert.match(out, /^CODE +LAST +WHY\nevent_unrouted +\S.* No route asks for nobody\.asks/);
  const wrong = await error(2, 'decision', 'list', '--code', 'weather');
  assert.match(wrong['message'], /"weather" is no code of a decision/);
});
