/**
 * Every code a `Problem` in a configuration, manifest, schedule or route can have, with its meaning.
 * `docs/reference/errors.md` is generated from it.
 */
export const PROBLEM_CODES = {
  yaml_syntax: 'The file is not one well-formed YAML 1.2 document.',
  yaml_multiple_documents: 'A second document (`---`) in the file; Ductile reads exactly one.',
  yaml_duplicate_key: 'A key stands twice in one map.',
  file_unreadable: 'A file that the configuration names cannot be read.',
  include_refused: 'A file includes itself, or too many are included (error); a glob matches no file (warning).',
  set_twice: 'Two files of a configuration set the same key.',
  unknown_key: 'A key that the schema does not know.',
  missing_key: 'A required key is missing.',
  wrong_type: 'A value has the wrong type.',
  invalid_value: 'A value has the right type but is not allowed there.',
  invalid_name: 'A name does not match `[a-z][a-z0-9_-]{0,63}`.',
  duplicate_name: 'Two entries bear the same name, or webhooks have paths that a proxy may take for each other.',
  invalid_duration: 'Not a duration such as `250ms`, `30s`, `15m`, `6h` or `7d`, or out of range.',
  invalid_size: 'Not a size such as `64KiB`, `1MiB` or `10MB`, or out of range.',
  env_unset: 'An environment variable that the configuration refers to is not set and has no default.',
  weak_secret: 'The secret of a webhook is shorter than 16 characters, so that it might be guessed (warning).',
  public_url_missing:
    'A webhook whose sender signs the address it calls, and no `webhooks.public_url` that says it (warning).',
  secret_file_unsafe: 'A secret file is writable by everyone (error) or readable by everyone (warning).',
  invalid_interpolation:
    'A `${…}` that is neither `${NAME}`, `${env:NAME}`, `${env:NAME:-default}` nor `${file:path}`.',
  invalid_expression: 'A CEL expression does not compile.',
  invalid_schedule: 'A schedule has not exactly one of `every`, `cron` and `at`, or one of them is malformed.',
  schedule_past: 'The time of an `at` schedule lies in the past, so it does not run (warning).',
  unknown_timezone: 'A time zone that the IANA database does not have.',
  invalid_event_type: 'An event type or prefix is malformed.',
  unknown_reference:
    'A route, schedule or setting names an instance that is not configured (error), or a webhook one that is disabled (warning).',
  unknown_command: 'A route, a schedule or (warning) `timeouts` names a command that the plugin does not declare.',
  route_unreachable:
    'A route that no event can take, as far as manifests and webhooks declare what they emit (warning).',
  route_circle:
    'Routes through which instances may feed each other, none of them with a `when`, a `dedupe_key` or a `delay` (warning).',
  plugin_not_found: 'No plugin of that name in any plugins directory.',
  plugin_shadowed: 'A plugin is hidden by one of the same name in an earlier plugins directory.',
  manifest_invalid: 'A manifest is malformed.',
  protocol_unsupported: 'A manifest asks for a protocol that this version does not speak.',
  plugin_untrusted:
    'Somebody else could change what would be executed, or the entrypoint is not an executable file inside its directory.',
  program_missing:
    'The program of an `exec` instance does not exist, is not executable, or is not on PATH, so that it would not start (warning).',
  config_key_missing: "A key that the plugin's manifest requires is missing from the instance's `config`.",
  config_key_unknown: "A key of the instance's `config` that the plugin's manifest does not declare.",
  invalid_schema: 'A JSON Schema in a manifest does not compile.',
  containment_unavailable:
    'A containment tier, resource limit or `run_as` that does not work on this machine, with which the gateway would not start (warning).',
  address_unavailable:
    'A reload brought the first webhook, and another program listens at `webhooks.listen` (warning).',
  not_supported: 'The setting is part of the configuration language, but this version does not act on it.',
} as const;

/** A code of a configuration finding. */
export type ProblemCode = keyof typeof PROBLEM_CODES;
