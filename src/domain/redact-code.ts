import type { Mask } from './masked-start.ts';
import { encodingsOf } from './redact-encodings.ts';
import { createNeedles } from './redact-needles.ts';
import { compilePattern, UNMISTAKABLE_PATTERNS } from './redact-patterns.ts';
import { maskSteps } from './redact-text.ts';
import { finishSteps } from './steps.ts';

/**
 * Masks the secrets in a program's text and leaves it a program: known values in every encoding, configured patterns, key
 * blocks and well-known tokens, but not what code says of secrets, such as `token=token`.
 */
export function createCodeMask({
  secrets,
  patterns,
}: {
  readonly secrets: readonly string[];
  /** RE2 patterns of `service.redact`. */
  readonly patterns: readonly string[];
}): Mask {
  const finder = {
    needles: createNeedles(secrets.flatMap(encodingsOf)),
    patterns: [...UNMISTAKABLE_PATTERNS, ...patterns.map(compilePattern)],
  };
  return (text) => finishSteps(maskSteps(finder, text));
}
