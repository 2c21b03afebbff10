import type { Path } from './config/finding.ts';
import { isJsonObject, type Json } from './json.ts';
import { type SecretHolder, secretHolders } from './secret-holders.ts';

/** A configuration that was in force, as it is kept: references as they were written. */
export interface PastConfig {
  readonly version: string;
  readonly at: number;
  readonly tree: Json;
}

/** When a holder had what a `${…}` stands for, as far back as configurations are kept. */
export interface SecretSpan {
  /** The `${…}` as written. */
  readonly reference: string;
  readonly holder: SecretHolder;
  readonly since: Pick<PastConfig, 'version' | 'at'>;
  /** The first configuration without it; null: the newest one has it. */
  readonly until: Pick<PastConfig, 'version' | 'at'> | null;
}

/** Every holder of every reference in `configs`, which stand newest first, with its last time without a gap. */
export function secretHistory(configs: readonly PastConfig[]): readonly SecretSpan[] {
  const spans = new Map<string, SecretSpan>();
  const over = new Set<string>();
  configs.forEach(({ version, at, tree }, index) => {
    const held = new Map(referencesIn(tree).map((one) => [JSON.stringify(one), one]));
    for (const key of spans.keys()) if (!held.has(key)) over.add(key);
    for (const [key, one] of held) {
      if (over.has(key)) continue;
      const newer = configs[index - 1];
      const until = newer === undefined ? null : { version: newer.version, at: newer.at };
      spans.set(key, {
        ...one,
        until: spans.has(key) ? (spans.get(key)?.until ?? null) : until,
        since: { version, at },
      });
    }
  });
  return [...spans.values()];
}

function referencesIn(tree: Json): readonly Pick<SecretSpan, 'reference' | 'holder'>[] {
  const found: Pick<SecretSpan, 'reference' | 'holder'>[] = [];
  const look = (value: Json, path: Path): void => {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) look(item, [...path, index]);
    else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) look(item, [...path, key]);
    else if (typeof value === 'string') {
      for (const reference of value.match(/\$\{[^{}]+\}/g) ?? []) {
        for (const holder of secretHolders(tree, path)) found.push({ reference, holder });
      }
    }
  };
  look(tree, []);
  return found;
}

/** Tells whether `asked` means the secret: by its name with or without its kind, by the file as written, or by where it stands. */
export function isMeant(
  asked: string,
  { name, reference, key }: { readonly name: string; readonly reference: string | null; readonly key: string },
): boolean {
  const bare = name.replace(/^(?:env|file):/, '');
  const written = /^\$\{(?:env:|file:)?(.+)\}$/.exec(reference ?? '')?.[1];
  if ([name, bare, reference, written, key].includes(asked)) return true;
  return key.startsWith(`${asked}.`) || key.startsWith(`${asked}[`);
}
