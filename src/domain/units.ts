const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_UNITS = {
  B: 1,
  kB: 1_000,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const;

/** Milliseconds of `250ms`, `30s`, `15m`, `6h` or `7d`; null when the text is not a duration. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  const unit = match?.[2] as keyof typeof DURATION_UNITS | undefined;
  if (match?.[1] === undefined || unit === undefined) return null;
  const ms = Number(match[1]) * DURATION_UNITS[unit];
  return Number.isSafeInteger(ms) ? ms : null;
}

/** The shortest text of whole units that `parseDuration` reads back as the same milliseconds. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms !== 0 && ms % DURATION_UNITS[unit] === 0) return `${ms / DURATION_UNITS[unit]}${unit}`;
  }
  return `${ms}ms`;
}

/** Bytes of `512B`, `64KiB`, `1MiB` or `10MB`; null when the text is not a size. */
export function parseSize(text: string): number | null {
  const match = /^(\d{1,12})(B|kB|KB|MB|GB|KiB|MiB|GiB)$/.exec(text);
  const unit = match?.[2] as keyof typeof SIZE_UNITS | undefined;
  if (match?.[1] === undefined || unit === undefined) return null;
  const bytes = Number(match[1]) * SIZE_UNITS[unit];
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** The shortest text of whole binary units that `parseSize` reads back as the same bytes. */
export function formatSize(bytes: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
    if (bytes !== 0 && bytes % SIZE_UNITS[unit] === 0) return `${bytes / SIZE_UNITS[unit]}${unit}`;
  }
  return `${bytes}B`;
}
