import { RE2JS } from 're2js';
import { compileRegex } from './condition-regex.ts';
import type { Span } from './redact-needles.ts';

/** Characters of a private key block at most; an unfinished one is masked so far. */
export const MAX_BLOCK = 16_384;

/** Where a text holds what looks like a secret, whether it is known or not. */
export type Pattern = (text: string) => readonly Span[];

const TOKEN = /bearer[ \t]+([A-Za-z0-9._~+/=-]{8,})/dgi;
const PASSWORD = /:\/\/[^\s/:@"'<>]{0,256}:([^\s/?#"'<>]{1,512})@/dg;
const BLOCK = /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY-----/g;
const BLOCK_END = /-----END [A-Z0-9 ]{0,32}PRIVATE KEY-----/;

/** What is masked everywhere: private key blocks, bearer tokens and passwords in addresses. */
export const DEFAULT_PATTERNS: readonly Pattern[] = [
  privateKeys,
  (text) => spansOf(TOKEN, text),
  (text) => (text.includes('://') ? spansOf(PASSWORD, text) : []),
];

/** What is wrong with a configured pattern, or null. */
export function patternProblem(pattern: string): string | null {
  const regex = compileRegex(pattern);
  return 'problem' in regex ? regex.problem : null;
}

/** A configured RE2 pattern: it masks its first group, or the whole match when it has none. Throws when it is invalid. */
export function compilePattern(pattern: string): Pattern {
  const compiled = RE2JS.compile(pattern);
  const group = compiled.groupCount() > 0 ? 1 : 0;
  return (text) => {
    const spans: Span[] = [];
    const matcher = compiled.matcher(text);
    while (matcher.find()) {
      const start = matcher.start(group);
      const end = matcher.end(group);
      if (start >= 0 && end > start) spans.push({ start, end });
    }
    return spans;
  };
}

/** Where the last private key block begins when the text does not finish it and more may come, else the text's length. */
export function unfinishedBlock(text: string): number {
  const last = blocksIn(text).at(-1);
  return last === undefined || last.closed || last.end - last.start === MAX_BLOCK ? text.length : last.start;
}

function privateKeys(text: string): readonly Span[] {
  return text.includes('-----BEGIN ') ? blocksIn(text) : [];
}

interface Block extends Span {
  readonly closed: boolean;
}

function blocksIn(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const match of text.matchAll(BLOCK)) {
    const start = match.index;
    if (start < (blocks.at(-1)?.end ?? 0)) continue;
    const body = text.slice(start, start + MAX_BLOCK);
    const close = BLOCK_END.exec(body);
    const length = close === null ? body.length : close.index + close[0].length;
    blocks.push({ start, end: start + length, closed: close !== null });
  }
  return blocks;
}

/** The first group of each match. */
function spansOf(pattern: RegExp, text: string): readonly Span[] {
  return [...text.matchAll(pattern)].map(({ indices }) => {
    const [start, end] = indices?.[1] ?? [0, 0];
    return { start, end };
  });
}
