/** How large a campaign is run. */
export type Size = 'short' | 'full';

/** What a campaign is given. */
export interface CampaignOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Tells how far it is, on a terminal. */
  readonly say: (text: string) => void;
}

/** What a campaign found. */
export interface CampaignResult {
  /** Faults that were really injected; none is a failure. */
  readonly faults: number;
  readonly figures: Readonly<Record<string, number | string>>;
  /** Contradictions of a promise; none is a pass. */
  readonly violations: readonly string[];
}

/** Attacks a real gateway in one way and lets the oracle judge what is left. */
export interface Campaign {
  readonly name: string;
  /** What is done. */
  readonly about: string;
  /** What must hold. */
  readonly passes: string;
  readonly rounds: Readonly<Record<Size, number>>;
  /** What is known to keep it from passing; it then runs only when it is asked for by name. */
  readonly known?: string;
  /** Why it cannot run on this machine; null: it can. */
  readonly lacks?: () => string | null;
  run(options: CampaignOptions): Promise<CampaignResult>;
}
