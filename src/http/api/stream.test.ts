import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { createRedactor } from '../../domain/redact.ts';
import type { Change, Operations, Told } from '../../engine/operations.ts';
import { CLI } from './caller.ts';
import { STREAM_ROUTES } from './stream.ts';

const JOB = {
  kind: 'job',
  command: 'poll',
  submittedBy: 'cli',
  parentJobId: null,
  rootJobId: 'a',
  was: null,
  status: 'queued',
  attempt: 0,
  ended: null,
} as const;

const CHANGES: readonly Change[] = [
  { ...JOB, seq: 4, jobId: 'a', instance: 'alpha' },
  { ...JOB, seq: 5, jobId: 'b', instance: 'beta' },
  { kind: 'gateway', seq: 6, became: 'configured', configVersion: 'sesame-open' },
  { kind: 'instance', seq: 7, instance: 'alpha', became: 'paused' },
  { kind: 'breaker', seq: 8, instance: 'beta', command: 'poll', was: 'closed', state: 'open' },
];

/** What a caller is told who may see these instances. */
async function told(instances: readonly string[] | null): Promise<readonly string[]> {
  const operations = {
    async *follow(after: number | null): AsyncGenerator<Told, void, undefined> {
      yield { kind: 'ready', position: after ?? 0 };
      yield { kind: 'changes', changes: CHANGES, position: 8 };
    },
    snapshot: () => ({ redactor: createRedactor({ secrets: ['sesame-open'], keys: [], patterns: [] }) }),
  } as unknown as Operations;
  const [route] = STREAM_ROUTES;
  const answer = await route?.answer(
    { params: {}, query: { after: '3' }, body: undefined },
    { operations, caller: { ...CLI, instances }, headers: {}, gone: () => new AbortController().signal },
  );
  assert.equal(answer?.status, 200);
  assert.match(answer.headers?.['content-type'] ?? '', /^text\/event-stream/);
  const said = await text(answer.body as Readable);
  assert.doesNotMatch(said, /sesame/);
  return said.split('\n\n').map((event) => event.replace(/\ndata: .*/, ''));
}

it('tells who is limited to instances about these alone, and moves the id past the rest', async () => {
  const all = [
    'id: 4\nevent: job',
    'id: 5\nevent: job',
    'id: 6\nevent: gateway',
    'id: 7\nevent: instance',
    'id: 8\nevent: breaker',
  ];
  assert.deepEqual(await told(null), ['id: 3\nevent: ready', ...all, '']);
  assert.deepEqual(await told(['alpha']), [
    'id: 3\nevent: ready',
    'id: 4\nevent: job',
    'id: 7\nevent: instance',
    'id: 8',
    '',
  ]);
  assert.deepEqual(await told(['gamma']), ['id: 3\nevent: ready', 'id: 8', '']);
});
