import { isJsonObject, type Json } from './json.ts';
import { MASK } from './redact-text.ts';
import { sameValue } from './same-value.ts';

/** What an edited value means, or where it holds a mask that nothing stands behind. */
export type Restored = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly at: string };

/**
 * A value that somebody edited as it was shown, with what was masked and left where it was put back. A mask anywhere
 * else stands for nothing: such a value is refused with its JSON pointer.
 */
export function restoreMasked(
  edited: Json,
  { original, shown }: { readonly original: Json; readonly shown: Json },
): Restored {
  if (sameValue(original, shown)) return { ok: true, value: edited };
  return restored({ edited, original, shown, at: '' });
}

interface Place {
  readonly edited: Json;
  /** Missing: there was nothing at this place. */
  readonly original: Json | undefined;
  readonly shown: Json | undefined;
  readonly at: string;
}

function restored({ edited, original, shown, at }: Place): Restored {
  if (original !== undefined && shown !== undefined && sameValue(edited, shown)) return { ok: true, value: original };
  if (typeof edited === 'string') return edited.includes(MASK) ? { ok: false, at } : { ok: true, value: edited };
  if (Array.isArray(edited)) return restoredList(edited, { original, shown, at });
  return isJsonObject(edited) ? restoredObject(edited, { original, shown, at }) : { ok: true, value: edited };
}

function restoredList(edited: readonly Json[], { original, shown, at }: Omit<Place, 'edited'>): Restored {
  const value: Json[] = [];
  for (const [index, item] of edited.entries()) {
    const next = restored({
      edited: item,
      original: Array.isArray(original) ? original[index] : undefined,
      shown: Array.isArray(shown) ? shown[index] : undefined,
      at: `${at}/${index}`,
    });
    if (!next.ok) return next;
    value.push(next.value);
  }
  return { ok: true, value };
}

function restoredObject(
  edited: Readonly<Record<string, Json>>,
  { original, shown, at }: Omit<Place, 'edited'>,
): Restored {
  const before = isJsonObject(original) && isJsonObject(shown) ? namesOf(original, shown) : new Map<string, string>();
  const entries: [string, Json][] = [];
  for (const [name, item] of Object.entries(edited)) {
    const own = before.get(name);
    const place = `${at}/${name}`;
    if (own === undefined && name.includes(MASK)) return { ok: false, at: place };
    const next = restored({
      edited: item,
      original: own === undefined || !isJsonObject(original) ? undefined : original[own],
      shown: own === undefined || !isJsonObject(shown) ? undefined : shown[name],
      at: place,
    });
    if (!next.ok) return next;
    entries.push([own ?? name, next.value]);
  }
  return { ok: true, value: Object.fromEntries(entries) };
}

/** The name of each member as it was shown, with its own: names are masked, too, and shown in their order. */
function namesOf(
  original: Readonly<Record<string, Json>>,
  shown: Readonly<Record<string, Json>>,
): ReadonlyMap<string, string> {
  const names = Object.keys(original);
  const all = Object.keys(shown);
  // Names that look like numbers come first, and a mask may move one: then only what is called the same is the same.
  const inOrder =
    names.length === all.length &&
    names.every((name, index) => name === all[index] || all[index]?.includes(MASK) === true);
  return new Map(
    all.flatMap((name, index) => {
      const own = inOrder ? names[index] : Object.hasOwn(original, name) ? name : undefined;
      return own === undefined ? [] : [[name, own] as const];
    }),
  );
}
