import type { RedactedStream } from '../domain/redact.ts';

// Line breaks and tabs are text; everything else below space is not, nor may it reach a terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/**
 * Turns bytes that arrive in pieces into masked text: invalid UTF-8 becomes U+FFFD, control characters but line breaks
 * and tabs become `\xNN`.
 */
export function createVisibleText(mask: RedactedStream): { push(bytes: Uint8Array): string; end(): string } {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (bytes) => visible(mask.push(decoder.decode(bytes, { stream: true }))),
    end: () => visible(mask.push(decoder.decode()) + mask.end()),
  };
}

function visible(text: string): string {
  return text.replace(CONTROLS, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
