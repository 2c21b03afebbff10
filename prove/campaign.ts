/** How large a campaign is run. */
export type Size = 'short' | 'full';

/** How the figures of two parts of a run become one. */
export type Merge = 'sum' | 'max' | 'min' | 'last';

/** What a campaign is given. */
export interface CampaignOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Rounds that were run before these, in earlier chunks. */
  readonly from: number;
  /** Tells how far it is, on a terminal. */
  readonly say: (text: string) => void;
}

/** What a campaign found. */
export interface CampaignResult {
  /** Faults that were really injected; none is a failure. */
  readonly faults: number;
  /** Numbers, or texts that begin with one, such as `12 ms`. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** Contradictions of a promise; none is a pass. */
  readonly violations: readonly string[];
  /** Parts that could not run here, each with its reason; at full size they keep the campaign from passing. */
  readonly skipped?: readonly string[];
}

/** Attacks a real gateway in one way and lets the oracle judge what is left. */
export interface Campaign {
  readonly name: string;
  /** What is done. */
  readonly about: string;
  /** What must hold. */
  readonly passes: string;
  readonly rounds: Readonly<Record<Size, number>>;
  /** Most rounds of one call of `run`; more are run in several, with seeds of their own. Default: all in one. */
  readonly chunk?: number;
  /** How figures of chunks become one; default: numbers are summed, of texts the last one stays. */
  readonly figures?: Readonly<Record<string, Merge>>;
  /** What must hold of a whole run at full size, beyond each chunk; what does not. */
  readonly whole?: (result: CampaignResult) => readonly string[];
  /** What is known to keep it from passing; it then runs only when it is asked for by name. */
  readonly known?: string;
  /** Why it cannot run on this machine; null: it can. */
  readonly lacks?: () => string | null;
  run(options: CampaignOptions): Promise<CampaignResult>;
}
