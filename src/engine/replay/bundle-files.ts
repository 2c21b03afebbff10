import type { ArchivedFile } from '../../disk/tar.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { Mask } from '../../domain/masked-start.ts';
import type { Redactor } from '../../domain/redact.ts';
import { MASK } from '../../domain/redact-text.ts';
import { diffJson, type JsonDifference } from '../../domain/replay/json-difference.ts';
import type { PassedDelivery } from '../../domain/webhook/passed-delivery.ts';
import type { BundleManifest } from './bundle-manifest.ts';

/** Places that are named of one file. */
const MOST_PLACES = 100;

/** The files of a bundle, each masked as it is added. */
export interface BundleFiles {
  json(path: string, value: unknown): void;
  text(path: string, text: string): void;
  /** Adds a file as it is but for what is masked; false when something would have to be, and it is no text. */
  file(file: ArchivedFile): boolean;
  /** A delivery with its body masked; null where the body cannot be. */
  delivery(path: string, delivery: PassedDelivery | null): PassedDelivery | null;
  /** Where anything was masked. */
  masked(): BundleManifest['masked'];
  /** All files, the last one added first. */
  all(): readonly ArchivedFile[];
}

/** No files yet. `maskCode` is for programs, which are to stay programs. */
export function createBundleFiles(redactor: Redactor, maskCode: Mask): BundleFiles {
  const maskData: Mask = (text) => maskText(text, redactor);
  const files: ArchivedFile[] = [];
  const masked = new Map<string, readonly string[]>();
  const note = (path: string, places: readonly string[]): void => {
    if (places.length > 0) masked.set(path, [...(masked.get(path) ?? []), ...places].slice(0, MOST_PLACES));
  };
  const add = (path: string, text: string): void => {
    files.push({ path, executable: false, bytes: Buffer.from(text) });
  };
  return {
    json(path, value) {
      const plain: Json = JSON.parse(JSON.stringify(value));
      const shown = maskNumbers(redactor.json(plain), redactor);
      note(path, placesOf(diffJson(plain, shown)));
      add(path, `${JSON.stringify(shown, null, 2)}\n`);
    },
    text: (path, text) => add(path, redactor.text(text)),
    file(file) {
      if (redactor.text(file.path) !== file.path) return false;
      const shown = maskBytes(file.bytes, { text: isData(file.path) ? maskData : maskCode, bytes: maskCode });
      if (shown === null) return false;
      if (shown !== file.bytes) note(file.path, ['']);
      files.push({ ...file, bytes: shown });
      return true;
    },
    delivery(path, delivery) {
      if (delivery === null || delivery.body === null) return delivery;
      const body = maskBytes(delivery.body, { text: maskData, bytes: redactor.text });
      if (body !== delivery.body) note(path, ['/webhook/body_base64']);
      return { ...delivery, body };
    },
    masked: () => [...masked].map(([file, places]) => ({ file, places: [...places] })),
    all: () => files.toReversed(),
  };
}

/** Where something was masked. A key that was is not named: what shortens a long one could cut the secret in it in two. */
function placesOf(differences: readonly JsonDifference[]): readonly string[] {
  const places = differences.flatMap(({ kind, path }) => {
    if (kind === 'added') return [];
    return kind === 'removed' ? [path.slice(0, path.lastIndexOf('/'))] : [path];
  });
  return [...new Set(places)];
}

/** Files of a plugin that hold data: a value that is called a secret is one there, and in code it is a name. */
const DATA = /(?:^|\/)[^/]*\.(?:env|ini|cfg|conf|properties|toml|json|ya?ml|txt|csv|log|http)$|(?:^|\/)\.env[^/]*$/i;

function isData(path: string): boolean {
  return DATA.test(path) && path !== 'plugin/manifest.yaml';
}

/** The same bytes where nothing is secret; null: something is, and they are no text. */
function maskBytes(bytes: Uint8Array, mask: { readonly text: Mask; readonly bytes: Mask }): Uint8Array | null {
  const text = Buffer.from(bytes).toString('utf8');
  if (!Buffer.from(text).equals(bytes)) {
    const latin = Buffer.from(bytes).toString('latin1');
    return mask.bytes(latin) === latin ? bytes : null;
  }
  const shown = mask.text(text);
  return shown === text ? bytes : Buffer.from(shown);
}

/** Of JSON, values under secret names are masked, too. */
function maskText(text: string, redactor: Redactor): string {
  const value = jsonIn(text);
  if (value === undefined) return redactor.text(text);
  const shown = JSON.stringify(maskNumbers(redactor.json(value), redactor));
  return shown === JSON.stringify(value) ? redactor.text(text) : shown;
}

function jsonIn(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** The redactor leaves numbers alone, and a secret may be one. */
function maskNumbers(value: Json, redactor: Redactor): Json {
  if (typeof value === 'number') return redactor.text(String(value)) === String(value) ? value : MASK;
  if (Array.isArray(value)) return value.map((item: Json) => maskNumbers(item, redactor));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskNumbers(item, redactor)]));
}
