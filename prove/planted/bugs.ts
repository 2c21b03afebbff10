import type { PlantedBug } from './bug.ts';

const KILL = { campaign: 'kill', rounds: 6, seed: 20 } as const;
const TERMINATE = { campaign: 'terminate', rounds: 3, seed: 1 } as const;
const GATEWAYS = { campaign: 'gateways', rounds: 1, seed: 1 } as const;
const LONG = { campaign: 'long', rounds: 2, seed: 1 } as const;
const GRANDCHILDREN = { campaign: 'grandchildren', rounds: 1, seed: 1 } as const;
const FLOODS = { campaign: 'floods', rounds: 1, seed: 1 } as const;
const WEBHOOKS = { campaign: 'webhooks', rounds: 1, seed: 1 } as const;

/** The bugs, those that are found soonest first: the short set plants only these. */
export const BUGS: readonly PlantedBug[] = [
  {
    name: 'an event causes two jobs by one route',
    ...KILL,
    shows: /several jobs for one event and route/,
    patches: [
      {
        file: 'src/store/sqlite/record-event.ts',
        find: 'const admissions = drafts.map(',
        replace:
          "const admissions = drafts.flatMap((draft) => [draft, { ...draft, id: draft.id.replace(/.$/, 'x') }]).map(",
      },
    ],
  },
  {
    name: 'a job is acknowledged before its commit',
    ...KILL,
    shows: /acknowledged and lost/,
    patches: [
      {
        file: 'src/engine/enqueue.ts',
        find: "const [admission] = await parts.store.commit({ kind: 'enqueue', drafts: [draft], once: submission.once ?? null });",
        replace: `setTimeout(() => void parts.store.commit({ kind: 'enqueue', drafts: [draft], once: null }).then(wake, () => {}), 5);
      const admission: Admission | undefined = { kind: 'admitted', jobId: draft.id };`,
      },
    ],
  },
  {
    name: 'an orphaned attempt is charged',
    ...KILL,
    shows: /charged wrongly/,
    patches: [
      {
        file: 'src/domain/settle.ts',
        find: 'const orphaned = { ...uncounted, orphans: job.orphans + 1 };',
        replace: 'const orphaned = { orphans: job.orphans + 1 };',
      },
    ],
  },
  {
    name: 'an attempt is finished in two commits: the status first, then its events and their jobs',
    ...KILL,
    shows: /events of an attempt were lost/,
    patches: [
      {
        file: 'src/engine/finish.ts',
        find: "store.commit({ kind: 'finish', jobId: job.id, attempt: job.attempt, settlement });",
        replace: `store
      .commit({ kind: 'finish', jobId: job.id, attempt: job.attempt, settlement: { ...settlement, events: [] } })
      .then(async (first) => {
        if (first.kind === 'finished') for (const routed of settlement.events) await store.commit({ kind: 'emit', routed });
        return first;
      });`,
      },
    ],
  },
  {
    name: 'errors of a stdin that nobody reads are not handled',
    ...KILL,
    shows: /ended by itself.*EPIPE|ended by itself.*ECONNRESET/s,
    patches: [
      {
        file: 'src/runner/run-process.ts',
        find: "for (const stream of [stdin, stdout, stderr]) stream?.on('error', () => {});",
        replace: "for (const stream of [stdout, stderr]) stream?.on('error', () => {});",
      },
      { file: 'src/runner/pipe-pool.ts', find: "stdin.on('error', () => {});", replace: '' },
    ],
  },
  {
    name: 'recovery forgets one of the jobs that were running',
    ...KILL,
    shows: /still running after recovery/,
    patches: [
      {
        file: 'src/engine/janitor.ts',
        find: 'const left = await parts.store.read.running();',
        replace: 'const left = (await parts.store.read.running()).slice(1);',
      },
    ],
  },
  {
    name: 'a suspect does not run alone',
    campaign: 'simulation',
    rounds: 100,
    seed: 1,
    shows: /runs beside/,
    patches: [
      {
        file: 'src/store/sqlite/claim.ts',
        find: 'const busy = suspects.length > 0 && anythingRuns(db);',
        replace: 'const busy = false;',
      },
    ],
  },
  {
    name: 'an attempt that a shutdown ended is charged',
    ...TERMINATE,
    shows: /wrongly dead|charged wrongly/,
    patches: [
      {
        file: 'src/domain/retry.ts',
        find: "return released('interrupted', 'the gateway shut down before this attempt had ended');",
        replace: "return { ...released('interrupted', 'the gateway shut down'), next: { kind: 'backoff' } };",
      },
    ],
  },
  {
    name: 'the sweep of /proc finds nothing',
    ...LONG,
    shows: /still live|met|are left/,
    patches: [
      {
        file: 'src/runner/sweep.ts',
        find: 'if (!environment.includes(gateway)) return null;',
        replace: 'if (environment !== null) return null;',
      },
    ],
  },
  {
    name: 'what was running is due again before its processes are gone',
    ...LONG,
    shows: /still live|met|overlaps/,
    patches: [
      {
        file: 'src/engine/take-state-dir.ts',
        find: `const survivors = await sweep({
      keep: new Set(),
      recorded: recordedLeaders(registerFile),
      graceMs: STRAY_GRACE_MS,
    });`,
        replace: `const survivors = 0;
    const recorded = recordedLeaders(registerFile);
    setTimeout(() => void sweep({ keep: new Set(), recorded, graceMs: STRAY_GRACE_MS }), 1_000);`,
      },
    ],
  },
  {
    name: 'nobody takes the lock',
    ...GATEWAYS,
    shows: /are active at one time|was process .* turn|ended with/,
    patches: [
      { file: 'src/disk/lock.ts', find: "const TAKE = 'BEGIN EXCLUSIVE';", replace: "const TAKE = 'SELECT 1';" },
    ],
  },
  {
    name: 'an attempt lasts until its pipes close, not until its process exits',
    ...GRANDCHILDREN,
    shows: /slot was free after|does not run empty|runs empty/,
    patches: [
      {
        file: 'src/runner/run-process.ts',
        find: 'const cancel = clock.after(ms, () => setImmediate(resolve));',
        replace: 'const cancel = (): void => {};',
      },
    ],
  },
  {
    name: 'TERM is not followed by KILL',
    ...GRANDCHILDREN,
    shows: /slot was free after|is left|does not run empty|runs empty/,
    patches: [
      {
        file: 'src/runner/run-process.ts',
        find: 'clock.after(request.graceMs, () => signalGroup(',
        replace: 'clock.after(request.graceMs, () => void (',
      },
    ],
  },
  {
    name: 'stdout is bounded at four times its cap',
    ...FLOODS,
    shows: /past_the_cap|floods_stdout/,
    patches: [
      {
        file: 'src/runner/run-process.ts',
        find: 'const room = stdoutBytes - printed.total;',
        replace: 'const room = 4 * stdoutBytes - printed.total;',
      },
    ],
  },
  {
    name: 'acknowledged commits are not synced',
    campaign: 'power-cut',
    rounds: 60,
    seed: 1,
    shows: /acknowledged and lost/,
    patches: [
      {
        file: 'src/store/sqlite/group-commit.ts',
        find: "db.setSynchronous('FULL');",
        replace: "db.setSynchronous('NORMAL');",
      },
    ],
  },
  {
    name: 'a commit that failed is taken for one that did not',
    campaign: 'storage',
    rounds: 4,
    seed: 1,
    shows: /acknowledged and lost|lost/,
    patches: [
      {
        file: 'src/store/sqlite/group-commit.ts',
        find: `      onError(error);
      throw error;
    }
    reach('commit.synced');`,
        replace: `      onError(error);
    }
    reach('commit.synced');`,
      },
    ],
  },
  {
    name: 'a finish is not fenced by its attempt',
    campaign: 'simulation',
    rounds: 100,
    seed: 1,
    shows: /late: /,
    patches: [
      {
        file: 'src/store/sqlite/commands/finish.ts',
        find: "if (job === undefined || job.status !== 'running' || job.attempt !== attempt) return { kind: 'stale' };",
        replace: "if (job === undefined || job.status !== 'running') return { kind: 'stale' };",
      },
    ],
  },
  {
    name: 'an attempt is judged by the configuration in force at its end',
    campaign: 'reload',
    rounds: 20,
    seed: 1,
    shows: /recorded with/,
    patches: [
      {
        file: 'src/engine/finish.ts',
        find: 'configVersion: ended.snapshot.version,',
        replace: 'configVersion: parts.snapshot().version,',
      },
    ],
  },
  {
    name: 'a delivery that comes again becomes a job again',
    ...WEBHOOKS,
    shows: /deliveries became \d+ jobs/,
    patches: [
      {
        file: 'src/engine/inbox.ts',
        find: "dedupe: verify.repeats !== 'nothing',",
        replace: 'dedupe: false,',
      },
    ],
  },
  {
    name: 'a client that is slow in its headers and its body is let in for both',
    ...WEBHOOKS,
    shows: /slow clients \(both\)/,
    patches: [
      {
        file: 'src/http/webhooks/listener.ts',
        find: 'requestTimeout: bounds.requestMs,',
        replace: 'requestTimeout: bounds.headersMs + bounds.bodyMs,',
      },
    ],
  },
  {
    name: 'a body is read to its end before it is refused',
    ...WEBHOOKS,
    shows: /bytes were read/,
    patches: [
      {
        file: 'src/http/webhooks/read-body.ts',
        find: "if (bytes > maxBytes) settle({ kind: 'too_large' });",
        replace: 'if (bytes > maxBytes) chunks.length = 0;',
      },
    ],
  },
];
