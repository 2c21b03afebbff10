import { OperatorError } from '../../domain/errors.ts';
import { shellWord } from '../invocation.ts';
import { visibleText } from '../output/visible.ts';

/**
 * A line for a POSIX shell that makes curl send exactly this request. A body that came from a file stays there; another that a
 * terminal cannot show throws `usage`.
 */
export function curlLine(request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Absolute path of the file that holds the body, or null. */
  readonly bodyFile: string | null;
}): string {
  const { url, headers, body, bodyFile } = request;
  return [
    'curl -sS',
    // Otherwise brackets and braces are patterns.
    ...(/[[\]{}]/.test(url) ? ['--globoff'] : []),
    ...Object.entries(headers).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`),
    // `--data` would drop the line breaks of a file, and `--data-binary` take a leading @ for one.
    bodyFile === null ? `--data-raw ${shellWord(inlineText(body))}` : `--data-binary ${shellWord(`@${bodyFile}`)}`,
    shellWord(url),
  ].join(' ');
}

function inlineText(body: Uint8Array): string {
  const text = Buffer.from(body).toString('utf8');
  if (Buffer.from(text).equals(body) && visibleText(text) === text) return text;
  throw new OperatorError('usage', 'the body holds bytes that cannot stand in a line for a shell', {
    hint: 'Put it into a file and name that: -d @body.bin.',
  });
}
