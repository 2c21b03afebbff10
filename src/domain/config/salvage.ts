import { z } from 'zod';
import { nearest } from '../did-you-mean.ts';
import { isJsonObject } from '../json.ts';
import { decode, type Part } from './decode.ts';
import type { Path } from './finding.ts';

/** What can be used of a section, well-formed or not. */
export interface Salvaged<T> {
  /** The keys that decode by themselves, and the defaults of the others. */
  readonly value: Partial<T>;
  /** Paths, from the section, of what is missing, misspelt or does not decode; nothing can be said about these. */
  readonly broken: readonly Path[];
}

/** Decodes a section key by key, so that a fault in one does not hide the others; null when it is no map. */
export function salvage<Schema extends z.ZodObject>(schema: Schema, part: Part): Salvaged<z.output<Schema>> | null {
  const salvaged = salvageSection(schema, part);
  // The keys are the schema's own, each decoded by its own part of it.
  return salvaged && { value: salvaged.value as Partial<z.output<Schema>>, broken: salvaged.broken };
}

/** True when what stands at a path, or a part of it, is broken. */
export function isBroken(broken: readonly Path[], path: Path): boolean {
  return broken.some((one) => path.every((key, at) => at >= one.length || String(one[at]) === String(key)));
}

interface SalvagedSection extends Salvaged<Readonly<Record<string, unknown>>> {
  /** False when a key without a default is not there: a map without it would belie its type. */
  readonly complete: boolean;
}

function salvageSection(schema: z.ZodObject, part: Part): SalvagedSection | null {
  if (!isJsonObject(part.value)) return null;
  const value: Record<string, unknown> = {};
  const broken: Path[] = misspelt(part.value, Object.keys(schema.shape));
  let complete = true;
  for (const [key, field] of Object.entries(schema.shape)) {
    const found = salvageField(field, { ...part, value: part.value[key], path: [...part.path, key] });
    broken.push(...found.broken.map((path) => [key, ...path]));
    if (found.value !== undefined) value[key] = found.value;
    else if (!found.optional) complete = false;
  }
  return { value, broken, complete };
}

function salvageField(
  field: unknown,
  part: Part,
): { readonly value: unknown; readonly optional: boolean; readonly broken: readonly Path[] } {
  if (!(field instanceof z.ZodType)) return { value: undefined, optional: true, broken: [[]] };
  const decoded = decode(field, part);
  if (decoded.ok) return { value: decoded.value, optional: true, broken: [] };
  const inner = sectionIn(field);
  const nested = inner && salvageSection(inner, part);
  if (nested?.complete === true) return { value: nested.value, optional: true, broken: nested.broken };
  const absent = field.safeParse(undefined);
  return { value: absent.data, optional: absent.success, broken: [[]] };
}

/** The section that a field holds, under its defaults. */
function sectionIn(field: z.ZodType): z.ZodObject | null {
  if (field instanceof z.ZodObject) return field;
  const wrapped = field instanceof z.ZodOptional || field instanceof z.ZodDefault || field instanceof z.ZodPrefault;
  const inner: unknown = wrapped ? field.unwrap() : null;
  return inner instanceof z.ZodType ? sectionIn(inner) : null;
}

/** The keys that unknown ones were most likely meant to be. */
function misspelt(value: Readonly<Record<string, unknown>>, known: readonly string[]): Path[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => nearest(key, known))
    .filter((key) => key !== null && !(key in value))
    .map((key) => [key ?? '']);
}
