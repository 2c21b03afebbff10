import { createHmac } from 'node:crypto';
import { endpointSchema } from '../src/domain/config/webhooks.ts';
import { compileVerification } from '../src/domain/webhook/compile-verification.ts';
import type { SignedRequest } from '../src/domain/webhook/verification.ts';

/*
 * Whether the time of a refusal depends on how much of a signature or token is right: all classes interleaved in an order that
 * changes each round, one warm process, Welch's t of each pair. What the clock of the process adds (collections, other programs)
 * is cut off at the same bound for all classes: the 95th percentile of all times together. |t| below 4.5 is the usual bar. A
 * prefix that is unknown may take another time: whoever writes it knows that, and learns nothing of the secret.
 */

const ROUNDS = Number(process.env['ROUNDS'] ?? 100_000);
const WARM_UP = 5_000;
const SECRET = 'an-example-of-a-secret-of-32-byt';
const BODY = Buffer.from(JSON.stringify({ action: 'opened', filler: 'x'.repeat(200) }));
const NOW = 1_795_435_200_000;

type Classes = Readonly<Record<string, SignedRequest>>;

const right = createHmac('sha256', SECRET).update(BODY).digest('hex');
/** The first `count` digits are right, all others wrong. */
function partly(text: string, count: number): string {
  return [...text].map((digit, at) => (at < count ? digit : digit === '0' ? '1' : '0')).join('');
}

function withHeader(name: string, value: string): SignedRequest {
  return { method: 'POST', url: 'https://x.org/', headers: { [name]: value }, body: BODY };
}

const SUBJECTS: Readonly<Record<string, Classes>> = {
  github: {
    'no byte right': withHeader('x-hub-signature-256', `sha256=${partly(right, 0)}`),
    'half right': withHeader('x-hub-signature-256', `sha256=${partly(right, 32)}`),
    'all but the last': withHeader('x-hub-signature-256', `sha256=${partly(right, 63)}`),
  },
  bearer: {
    'no byte right': withHeader('authorization', `Bearer ${partly(SECRET, 0)}`),
    'half right': withHeader('authorization', `Bearer ${partly(SECRET, 16)}`),
    'all but the last': withHeader('authorization', `Bearer ${partly(SECRET, 31)}`),
    'unknown prefix': withHeader('authorization', `Xearer ${partly(SECRET, 0)}`),
  },
};

for (const [scheme, classes] of Object.entries(SUBJECTS)) compare(scheme, classes);

function compare(scheme: string, classes: Classes): void {
  const section = endpointSchema.shape.verify.parse({ scheme, secrets: [SECRET, 'another-one-of-these-32-bytes-xx'] });
  const verification = compileVerification(section);
  const names = Object.keys(classes);
  const requests = Object.values(classes);
  const times = requests.map(() => new Float64Array(ROUNDS));
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < requests.length; turn += 1) {
      const at = (turn + Math.abs(round)) % requests.length;
      const request = requests[at];
      if (request === undefined) continue;
      const before = process.hrtime.bigint();
      const verdict = verification.verify(request, NOW);
      const took = Number(process.hrtime.bigint() - before);
      if (verdict.ok) throw new Error(`${scheme}: ${names[at]} was accepted`);
      const own = times[at];
      if (round >= 0 && own !== undefined) own[round] = took;
    }
  }
  const all = Float64Array.from(times.flatMap((own) => [...own])).toSorted();
  const bound = all[Math.floor(all.length * 0.95)] ?? Infinity;
  const cut = times.map((own) => own.filter((ns) => ns <= bound));
  console.log(`${scheme}: ${ROUNDS} verifications a class, in nanoseconds`);
  for (const [at, own] of cut.entries()) console.log(`  ${names[at]}: mean ${mean(own).toFixed(1)} of ${own.length}`);
  for (const [first, own] of cut.entries()) {
    for (const [second, other] of cut.entries()) {
      if (second > first) console.log(`  ${names[first]} / ${names[second]}: t = ${welch(own, other).toFixed(2)}`);
    }
  }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: Float64Array): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

/** Welch's t of two samples. */
function welch(a: Float64Array, b: Float64Array): number {
  return (mean(a) - mean(b)) / Math.sqrt(variance(a) / a.length + variance(b) / b.length);
}
