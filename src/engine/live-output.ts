import type { LiveText } from '../runner/live-text.ts';

/** The stderr of attempts that run in this gateway, by marker. */
export interface LiveOutput {
  keep(marker: string, text: LiveText): void;
  forget(marker: string): void;
  of(marker: string): LiveText | null;
  /** Calls `hear` whenever an attempt begins to speak or has been forgotten; returns the function that ends that. */
  watch(hear: (marker: string) => void): () => void;
}

/** A register of what is running. */
export function createLiveOutput(): LiveOutput {
  const texts = new Map<string, LiveText>();
  const watchers = new Set<(marker: string) => void>();
  const tell = (marker: string): void => {
    for (const hear of [...watchers]) hear(marker);
  };
  return {
    keep(marker, text) {
      texts.set(marker, text);
      tell(marker);
    },
    forget(marker) {
      texts.delete(marker);
      tell(marker);
    },
    of: (marker) => texts.get(marker) ?? null,
    watch(hear) {
      watchers.add(hear);
      return () => watchers.delete(hear);
    },
  };
}
