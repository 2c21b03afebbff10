/** How a cut treats what was not synced. */
export interface CutStyle {
  /** Bytes that reach the disk together. */
  readonly sectorBytes: number;
  /** How probably a sector, or the size, is the newest of its versions; any older one is as probable as another. */
  readonly newest: number;
  /** How probably a sector that is not the newest holds the beginning of its next version. */
  readonly torn: number;
  /** Whether space that a file gained, but whose content did not reach the disk, holds anything rather than zeros. */
  readonly garbage: boolean;
  /** How probably a change of the directory is kept. */
  readonly names: number;
}

/** What a cut did. */
export interface CutCounts {
  /** Sectors that hold an older version. */
  dropped: number;
  /** Sectors that hold a write, though an earlier write to the same file was dropped elsewhere. */
  reordered: number;
  torn: number;
  /** Files with an older size. */
  sizes: number;
  /** Changes of the directory that were lost. */
  names: number;
}

type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly data: Buffer }
  | { readonly kind: 'resize'; readonly size: number };

/** A file as the disk has it for sure, and what was done to it since it was last synced. */
export class UnsyncedFile {
  #synced = Buffer.alloc(0);
  /** Bytes of `#synced` that belong to the file; behind them it is all zeros. */
  #size = 0;
  #changes: Change[] = [];

  /** Writes; the bytes are not copied. */
  write(offset: number, data: Buffer): void {
    this.#changes.push({ kind: 'write', offset, data });
  }

  resize(size: number): void {
    this.#changes.push({ kind: 'resize', size });
  }

  /** Makes every change so far sure. */
  sync(): void {
    for (const change of this.#changes) {
      const before = this.#size;
      this.#size = sizeAfter(before, change);
      this.#synced = atLeast(this.#synced, this.#size);
      if (change.kind === 'write') change.data.copy(this.#synced, change.offset);
      else if (change.size < before) this.#synced.fill(0, change.size, before);
    }
    this.#changes = [];
  }

  /** What a reader sees while the power is on. */
  content(): Buffer {
    const sure = { sectorBytes: 512, newest: 1, torn: 0, garbage: false, names: 1 };
    return this.cut(sure, { random: () => 0, counts: { dropped: 0, reordered: 0, torn: 0, sizes: 0, names: 0 } });
  }

  /**
   * What a disk may hold after a cut. Every sector holds one of the versions it has had since the last sync, chosen
   * apart from all others; the size is one of those the file has had.
   */
  cut(style: CutStyle, { random, counts }: { readonly random: () => number; readonly counts: CutCounts }): Buffer {
    const sizes = [this.#size];
    for (const change of this.#changes) sizes.push(sizeAfter(sizes.at(-1) ?? 0, change));
    const longest = Math.max(...sizes);
    const image = Buffer.alloc(longest);
    this.#synced.copy(image, 0, 0, this.#size);
    const kept = this.#versionsKept({ style, random, longest });
    if (style.garbage) this.#spoil({ image, kept, sectorBytes: style.sectorBytes, random });
    const met = new Map<number, number>();
    let droppedBefore = false;
    for (const change of this.#changes) {
      let drops = false;
      for (const sector of sectorsOf(change, { sectorBytes: style.sectorBytes, longest })) {
        const version = (met.get(sector) ?? 0) + 1;
        met.set(sector, version);
        const { keep, tear } = kept.get(sector) ?? { keep: 0, tear: 0 };
        const last = version === keep + 1;
        if (version <= keep) applyTo({ image, change, from: sector * style.sectorBytes, bytes: style.sectorBytes });
        else if (last && tear > 0) applyTo({ image, change, from: sector * style.sectorBytes, bytes: tear });
        if (version <= keep && droppedBefore) counts.reordered += 1;
        if (last) counts.dropped += 1;
        if (last && tear > 0) counts.torn += 1;
        if (version > keep) drops = true;
      }
      droppedBefore ||= drops;
    }
    const latest = sizes.length - 1;
    const size = sizes[random() < style.newest ? latest : Math.floor(random() * latest)] ?? longest;
    if (size !== sizes[latest]) counts.sizes += 1;
    return image.subarray(0, size);
  }

  /** For every sector that was changed: how many of its versions are kept, and how many bytes of the one after. */
  #versionsKept({
    style,
    random,
    longest,
  }: {
    readonly style: CutStyle;
    readonly random: () => number;
    readonly longest: number;
  }): ReadonlyMap<number, { readonly keep: number; readonly tear: number }> {
    const versions = new Map<number, number>();
    for (const change of this.#changes)
      for (const sector of sectorsOf(change, { sectorBytes: style.sectorBytes, longest }))
        versions.set(sector, (versions.get(sector) ?? 0) + 1);
    return new Map(
      [...versions].map(([sector, count]) => {
        if (random() < style.newest) return [sector, { keep: count, tear: 0 }];
        const tear = random() < style.torn ? 1 + Math.floor(random() * (style.sectorBytes - 1)) : 0;
        return [sector, { keep: Math.floor(random() * count), tear }];
      }),
    );
  }

  /** Fills what lies behind the sure end of the file, as far as nothing was kept of it. */
  #spoil({
    image,
    kept,
    sectorBytes,
    random,
  }: {
    readonly image: Buffer;
    readonly kept: ReadonlyMap<number, { readonly keep: number }>;
    readonly sectorBytes: number;
    readonly random: () => number;
  }): void {
    for (const [sector, { keep }] of kept) {
      const from = Math.max(sector * sectorBytes, this.#size);
      const to = Math.min((sector + 1) * sectorBytes, image.length);
      if (keep === 0 && from < to) image.fill(1 + Math.floor(random() * 255), from, to);
    }
  }
}

function sizeAfter(size: number, change: Change): number {
  return change.kind === 'resize' ? change.size : Math.max(size, change.offset + change.data.length);
}

/** The sectors whose content a change alters; what is cut off reads as zeros should the file grow again. */
function sectorsOf(
  change: Change,
  { sectorBytes, longest }: { readonly sectorBytes: number; readonly longest: number },
): readonly number[] {
  const { from, to } = reach(change, longest);
  const first = Math.floor(from / sectorBytes);
  return Array.from({ length: Math.max(0, Math.ceil(to / sectorBytes) - first) }, (_, index) => first + index);
}

function reach(change: Change, longest: number): { readonly from: number; readonly to: number } {
  return change.kind === 'resize'
    ? { from: change.size, to: longest }
    : { from: change.offset, to: change.offset + change.data.length };
}

/** Carries out a change within `bytes` bytes of the image. */
function applyTo({
  image,
  change,
  from: sectorFrom,
  bytes,
}: {
  readonly image: Buffer;
  readonly change: Change;
  readonly from: number;
  readonly bytes: number;
}): void {
  const whole = reach(change, image.length);
  const from = Math.max(whole.from, sectorFrom);
  const to = Math.min(whole.to, sectorFrom + bytes, image.length);
  if (from >= to) return;
  if (change.kind === 'resize') image.fill(0, from, to);
  else change.data.copy(image, from, from - change.offset, to - change.offset);
}

function atLeast(buffer: Buffer<ArrayBuffer>, bytes: number): Buffer<ArrayBuffer> {
  if (buffer.length >= bytes) return buffer;
  const grown = Buffer.alloc(Math.max(bytes, buffer.length * 2));
  buffer.copy(grown);
  return grown;
}
