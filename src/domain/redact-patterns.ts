import { RE2JS } from 're2js';
import { compileRegex } from './condition-regex.ts';
import type { Span } from './redact-needles.ts';

/** Characters of a private key block at most; an unfinished one is masked so far. */
export const MAX_BLOCK = 16_384;

/**
 * Where a text holds what looks like a secret, whether it is known or not, in the order of their beginnings, looked for
 * only when asked. Null stands for a pause in a long search.
 */
export type Pattern = (text: string) => Iterable<Span | null>;

const NONE: readonly Span[] = [];
const MAYBE_TOKEN = /bearer[ \t]/i;
const TOKEN = /bearer[ \t]+([A-Za-z0-9._~+/=-]{8,})/dgi;
const PASSWORD = /:\/\/[^\s/:@"'<>]{0,256}:([^\s/?#"'<>]{1,512})@/dg;
const OWN_TOKEN = /(dct_[A-Za-z0-9_-]{43})/dg;
const BLOCK = /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY-----/g;
const BLOCK_END = /-----END [A-Z0-9 ]{0,32}PRIVATE KEY-----/;

/** Tokens whose beginning tells what they are: of GitHub, GitLab, Slack, Stripe, npm, AWS and Google, and signed ones (JWT). */
const MAYBE_KNOWN = /gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|[rs]k_(?:live|test)_|npm_|A[KS]IA|AIza|eyJ/;
const KNOWN =
  /(?<![A-Za-z0-9_])(gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{22,255}|glpat-[\w-]{20,255}|xox[abeoprs]-[\w-]{10,255}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,255}|npm_[A-Za-z0-9]{36}|A[KS]IA[0-9A-Z]{16}(?![A-Za-z0-9])|AIza[\w-]{35}|eyJ[\w-]{8,4096}\.eyJ[\w-]{8,4096}\.[\w-]{8,4096})/dg;
/** Headers as programs print them who show what they send. */
const MAYBE_HEADER = /authorization:|cookie:|-key:|-token:|-secret:/i;
const HEADER =
  /^[<>* \t]{0,8}(?:(?:proxy-)?authorization|(?:set-)?cookie|x-(?:[\w-]{0,64}-)?(?:key|token|secret)):[ \t]{0,8}(?:(?:basic|bearer|digest|token)[ \t]{1,8})?([^\s][^\r\n]{0,4095})/dgim;

/** What cannot be mistaken for anything else, as code can for what it says about secrets: private key blocks and well-known tokens. */
export const UNMISTAKABLE_PATTERNS: readonly Pattern[] = [
  privateKeys,
  (text) => (text.includes('dct_') ? spansOf(OWN_TOKEN, text) : NONE),
  (text) => (MAYBE_KNOWN.test(text) ? spansOf(KNOWN, text) : NONE),
];

/** What is masked everywhere: private key blocks, bearer and well-known tokens, headers that authorize, passwords in addresses. */
export const DEFAULT_PATTERNS: readonly Pattern[] = [
  ...UNMISTAKABLE_PATTERNS,
  (text) => (MAYBE_TOKEN.test(text) ? spansOf(TOKEN, text) : NONE),
  (text) => (MAYBE_HEADER.test(text) ? spansOf(HEADER, text) : NONE),
  (text) => (text.includes('://') ? spansOf(PASSWORD, text) : NONE),
];

/** What is wrong with a configured pattern, or null. */
export function patternProblem(pattern: string): string | null {
  const regex = compileRegex(pattern);
  return 'problem' in regex ? regex.problem : null;
}

/** How much of a long text is searched at a time, and how much further a match that begins there is followed. */
const STRETCH = 65_536;
const LOOKAHEAD = 16_384;
/** A match that is longer than this masks the rest of the text. */
const LONGEST_MATCH = 8 * STRETCH;

/**
 * A configured RE2 pattern: it masks its first group, or the whole match when it has none. Throws when it is invalid. In
 * a text of more than 80 KiB, of which it is shown a stretch at a time, it finds a match that is longer than 16 KiB only
 * where every beginning of that match is one, as with `[a-z]+`.
 */
export function compilePattern(pattern: string): Pattern {
  const compiled = RE2JS.compile(pattern);
  const group = compiled.groupCount() > 0 ? 1 : 0;
  return function* (text) {
    let from = 0;
    let reach = STRETCH + LOOKAHEAD;
    while (from < text.length) {
      // One character before it tells what stands at the edge of a word.
      const begin = Math.max(from - 1, 0);
      const end = Math.min(from + reach, text.length);
      const until = end === text.length ? end : from + STRETCH;
      const matcher = compiled.matcher(text.slice(begin, end));
      let next = until;
      let grow = false;
      for (let found = matcher.find(from - begin); found; found = matcher.find()) {
        const start = begin + matcher.start();
        if (start >= until) break;
        next = Math.max(until, begin + matcher.end());
        // It may go on where the stretch ends.
        grow = begin + matcher.end() === end && end < text.length;
        if (grow) {
          next = start;
          break;
        }
        const span = { start: begin + matcher.start(group), end: begin + matcher.end(group) };
        if (matcher.start(group) >= 0 && span.end > span.start) yield span;
      }
      if (grow && reach > LONGEST_MATCH) {
        yield { start: next, end: text.length };
        return;
      }
      reach = grow ? 2 * reach : STRETCH + LOOKAHEAD;
      from = next;
      yield null;
    }
  };
}

/** Where the last private key block begins when the text does not finish it and more may come, else the text's length. */
export function unfinishedBlock(text: string): number {
  const last = [...blocksIn(text)].at(-1);
  return last === undefined || last.closed || last.end - last.start === MAX_BLOCK ? text.length : last.start;
}

function privateKeys(text: string): Iterable<Span> {
  return text.includes('-----BEGIN ') ? blocksIn(text) : NONE;
}

interface Block extends Span {
  readonly closed: boolean;
}

function* blocksIn(text: string): Generator<Block, undefined> {
  let last = 0;
  for (const { index: start } of text.matchAll(BLOCK)) {
    if (start < last) continue;
    const body = text.slice(start, start + MAX_BLOCK);
    const close = BLOCK_END.exec(body);
    last = start + (close === null ? body.length : close.index + close[0].length);
    yield { start, end: last, closed: close !== null };
  }
}

/** The first group of each match. */
function* spansOf(pattern: RegExp, text: string): Generator<Span, undefined> {
  for (const { indices } of text.matchAll(pattern)) {
    const [start, end] = indices?.[1] ?? [0, 0];
    yield { start, end };
  }
}
