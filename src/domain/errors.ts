import type { ProblemCode } from './problem-codes.ts';

/** How an operator error ends a command (exit code) and an API request (HTTP status). */
interface ErrorEntry {
  readonly exit: 1 | 2 | 69 | 75 | 78;
  readonly http: number;
  /** What the code means, for the reference page. */
  readonly means: string;
  /** What to do next; used unless the place that raises the error knows better. */
  readonly hint: string;
}

/**
 * Every operator error: a stable code with its exit code, HTTP status, meaning and default hint.
 * `docs/reference/errors.md` is generated from it.
 */
export const OPERATOR_ERRORS = {
  restart_required: {
    exit: 78,
    http: 409,
    means: 'A reload would change settings that take effect with a restart only; nothing was changed.',
    hint: 'Restart the gateway, or put the named settings back.',
  },
  config_not_found: {
    exit: 78,
    http: 400,
    means: 'No configuration file was found in any of the places that are searched.',
    hint: 'Run `ductile init` to make one, or name one with --config.',
  },
  config_invalid: {
    exit: 78,
    http: 400,
    means: 'The configuration has at least one error; each is listed with its own code and place.',
    hint: 'Mend what is listed, then run `ductile check`.',
  },
  env_file_refused: {
    exit: 78,
    http: 400,
    means: 'A file named with --env-file cannot be read, or everyone may write to it.',
    hint: 'Name a file that only its owner can write.',
  },
  usage: {
    exit: 2,
    http: 400,
    means: 'The command, an option or a parameter of the request is wrong.',
    hint: 'See `ductile --help`.',
  },
  invalid_payload: {
    exit: 2,
    http: 400,
    means: 'The payload is not valid JSON, is too large, or does not satisfy the input schema of the command.',
    hint: 'Pass one JSON value: --payload \'{"key": 1}\', --payload @file.json, or --payload - for standard input.',
  },
  method_not_allowed: {
    exit: 2,
    http: 405,
    means: 'The path of a request exists, but not with its method; `Allow` names those it has.',
    hint: 'See the document at /api/v1/openapi.json.',
  },
  body_too_large: {
    exit: 2,
    http: 413,
    means: 'The body of a request is larger than the API accepts.',
    hint: 'Write large data to a file and pass its path in the payload.',
  },
  unsupported_media_type: {
    exit: 2,
    http: 415,
    means: 'The body of a request is not declared to be JSON, or is compressed.',
    hint: 'Send it with `content-type: application/json`.',
  },
  unauthorized: {
    exit: 1,
    http: 401,
    means: 'The request has no token, or one that is unknown, expired or revoked.',
    hint: 'Send `authorization: Bearer <token>`; `ductile token create` makes one.',
  },
  forbidden: {
    exit: 1,
    http: 403,
    means: 'The token does not allow this: its scopes or the instances it is limited to do not cover it.',
    hint: 'Use a token with the scope that is named; `ductile token list` shows what each may do.',
  },
  token_exists: {
    exit: 1,
    http: 409,
    means: 'A live token has that name.',
    hint: 'Choose another name, or revoke that token first.',
  },
  token_missing: {
    exit: 78,
    http: 409,
    means: '`api.listen` is an address that others reach, and there is no token that anybody could show.',
    hint: '`ductile token create <name> --scope read` makes one, also while no gateway runs; or listen at 127.0.0.1.',
  },
  too_many_failures: {
    exit: 75,
    http: 429,
    means: 'Too many requests without a valid token came from the address of the client.',
    hint: 'Wait as long as `retry-after` says, and send a valid token; with one, requests are answered all the same.',
  },
  host_refused: {
    exit: 1,
    http: 421,
    means: 'The request names a host that is not this gateway, as pages do that rebind a name.',
    hint: 'Call the API by the address it listens at, or add the name to `api.hosts`.',
  },
  origin_refused: {
    exit: 1,
    http: 403,
    means: 'The request comes from a page of another origin.',
    hint: 'Open the console at its own address, or set `api.public_url` to what browsers call it.',
  },
  unknown_instance: {
    exit: 2,
    http: 404,
    means: 'No instance of that name is configured.',
    hint: '`ductile plugin list` shows the instances.',
  },
  instance_disabled: {
    exit: 2,
    http: 409,
    means: 'The instance is disabled in the configuration and takes no new jobs.',
    hint: 'Remove `enabled: false` from the instance.',
  },
  unknown_command: {
    exit: 2,
    http: 400,
    means: "The instance's plugin does not declare that command.",
    hint: '`ductile plugin show <instance>` lists its commands.',
  },
  invalid_event_type: {
    exit: 2,
    http: 400,
    means: 'The event type is malformed or reserved.',
    hint: 'Use lower-case segments joined by dots, such as `backup.done`; `ductile.*` is reserved.',
  },
  not_found: {
    exit: 1,
    http: 404,
    means: 'Nothing with that id exists, or retention has removed it.',
    hint: 'List what exists with `ductile job list` or `ductile event list`.',
  },
  request_unavailable: {
    exit: 1,
    http: 410,
    means:
      'The request of an attempt cannot be rebuilt: its state or configuration is not kept any more, or never was.',
    hint: 'Replay another attempt, or take the present configuration with --current-config.',
  },
  secret_missing: {
    exit: 78,
    http: 409,
    means:
      'A secret that the request of an attempt held cannot be found in the environment, files or configuration of now.',
    hint: 'Set the variable or put the file back, or give its value with --secret NAME=@file.',
  },
  bundle_invalid: {
    exit: 2,
    http: 400,
    means: 'A file is no bundle, is damaged, or was written by a newer version of Ductile.',
    hint: 'Make it again with `ductile bundle <job>`.',
  },
  already_terminal: {
    exit: 1,
    http: 409,
    means: 'The job has already ended.',
    hint: '`ductile job show <id>` tells how it ended.',
  },
  cancel_pending: {
    exit: 75,
    http: 202,
    means: 'The process of the job has been told to end, but had not ended when the answer was due.',
    hint: 'Look again with `ductile job show <id>`.',
  },
  not_terminal: {
    exit: 1,
    http: 409,
    means: 'The job is running; only dead letters, cancelled and queued jobs can be retried.',
    hint: 'Wait for it to end, or cancel it first.',
  },
  duplicate_active: {
    exit: 1,
    http: 409,
    means: 'Another active job holds the same dedupe key.',
    hint: 'Wait for that job to end.',
  },
  already_replayed: {
    exit: 1,
    http: 409,
    means: 'The job was replayed before, and the request was not about this job by name.',
    hint: 'Name the job to replay it once more: `ductile job replay <id>`.',
  },
  idempotency_key_reused: {
    exit: 2,
    http: 422,
    means: 'The Idempotency-Key of the request was used within a day for another request.',
    hint: 'Send a fresh key with every new request; send an old one only with the very same request.',
  },
  instance_busy: {
    exit: 75,
    http: 409,
    means: 'A job of the instance is running, and what is asked for would pull its state from under it.',
    hint: 'Pause the instance, wait for the job to end, or say --force.',
  },
  queue_full: {
    exit: 75,
    http: 503,
    means: 'More jobs are queued than `service.max_queued` allows.',
    hint: 'Try again later; `ductile status` shows which instance is behind.',
  },
  too_many_streams: {
    exit: 75,
    http: 503,
    means: 'As many clients follow streams of the gateway as it serves at a time.',
    hint: 'Close some of them, or try again later.',
  },
  storage_unavailable: {
    exit: 75,
    http: 503,
    means: 'The database could not be written (full disk, read-only or failing storage).',
    hint: 'Free some space or mend the disk; nothing was acknowledged, so try again.',
  },
  storage_damaged: {
    exit: 1,
    http: 500,
    means: 'The database file is damaged, or is not a database.',
    hint: 'Stop the gateway and put a backup in its place with `ductile restore <file>`, which keeps the damaged one; without a backup, `sqlite3 ductile.db .recover` saves what can be read.',
  },
  permission_denied: {
    exit: 1,
    http: 403,
    means: 'This user may not read or write the state directory.',
    hint: 'Run the command as the user that the gateway runs as.',
  },
  address_unavailable: {
    exit: 1,
    http: 409,
    means: 'A listener cannot have the address that the configuration gives it.',
    hint: 'End what listens there, or give `api.listen` or `webhooks.listen` another address.',
  },
  draining: {
    exit: 75,
    http: 503,
    means: 'The gateway is shutting down and accepts nothing new.',
    hint: 'Try again when it has started again.',
  },
  already_running: {
    exit: 1,
    http: 409,
    means: 'Another gateway holds the state directory.',
    hint: 'Stop that process first, or give this one a state directory of its own (service.state_dir).',
  },
  gateway_unreachable: {
    exit: 69,
    http: 503,
    means: 'A gateway holds the state directory, but its socket does not answer.',
    hint: 'It may be starting or stopping; look at its log.',
  },
  wait_expired: {
    exit: 75,
    http: 202,
    means: 'The job had not ended when the wait expired. It goes on.',
    hint: 'Follow it with `ductile job show <id>`.',
  },
  schema_newer: {
    exit: 78,
    http: 503,
    means: 'The database was written by a newer version of Ductile.',
    hint: 'Run that version again, or `ductile restore` a backup made by this one, such as ductile.db.before-upgrade-from-<n> in the state directory.',
  },
  upgrade_failed: {
    exit: 78,
    http: 503,
    means: 'The database could not be brought up to the schema of this version; it was left as it was.',
    hint: 'Go on with the version of before, which works with it, and report what was found.',
  },
  backup_failed: {
    exit: 1,
    http: 500,
    means: 'A backup could not be made; no file bears its name.',
    hint: 'Name a folder on a disk with room that the user of the gateway may write to.',
  },
  backup_running: {
    exit: 75,
    http: 409,
    means: 'A backup is being made already; there is one at a time.',
    hint: 'Try again when it is done; `ductile status` tells of it.',
  },
  backup_invalid: {
    exit: 1,
    http: 400,
    means: 'The file is not a backup of Ductile, or it does not hold together; nothing was changed.',
    hint: 'Name a file that `ductile backup` made, or a whole copy of ductile.db.',
  },
  schema_older: {
    exit: 78,
    http: 503,
    means: 'The database was written by an older version of Ductile, and nobody has upgraded it yet.',
    hint: 'Run `ductile start`: it rehearses the upgrade on a copy and keeps a backup.',
  },
  containment_unavailable: {
    exit: 78,
    http: 503,
    means: 'Instances ask for a containment tier, a resource limit or a user that this machine does not give.',
    hint: 'Install what is missing, or ask for another tier.',
  },
  storage_refused: {
    exit: 78,
    http: 503,
    means: 'The state directory cannot hold the database safely.',
    hint: 'Put service.state_dir on a local disk that belongs to this user.',
  },
  file_exists: {
    exit: 1,
    http: 409,
    means: 'A file that the command would write exists already.',
    hint: 'Choose another folder; nothing was written.',
  },
  internal: {
    exit: 1,
    http: 500,
    means: 'A bug in Ductile.',
    hint: 'Please report it with the log line.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** A stable code of an operator error. */
export type OperatorErrorCode = keyof typeof OPERATOR_ERRORS;

/** A place in a file; lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One finding in a configuration or manifest. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly code: ProblemCode;
  readonly message: string;
  readonly location: Location | null;
  readonly hint: string | null;
}

/** An error that its reader can act on. Throw it only with a catalogued code. */
export class OperatorError extends Error {
  readonly code: OperatorErrorCode;
  readonly hint: string;
  readonly location: Location | null;
  readonly problems: readonly Problem[];

  constructor(
    code: OperatorErrorCode,
    message: string,
    details: { hint?: string; location?: Location | null; problems?: readonly Problem[]; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'OperatorError';
    this.code = code;
    this.hint = details.hint ?? OPERATOR_ERRORS[code].hint;
    this.location = details.location ?? null;
    this.problems = details.problems ?? [];
  }

  /** The exit code of a command that ends in this error. */
  get exitCode(): number {
    return OPERATOR_ERRORS[this.code].exit;
  }

  /** The status of an API request that ends in this error. */
  get httpStatus(): number {
    return OPERATOR_ERRORS[this.code].http;
  }
}
