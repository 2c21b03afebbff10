import type { Parameter } from './connection.ts';

/** One condition of a list with its parameters; null: not asked for. */
export type Condition = readonly [sql: string, ...parameters: Parameter[]] | null;

/** The conditions that are asked for, joined by AND for `WHERE`, and their parameters in order. */
export function allOf(conditions: readonly Condition[]): {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
} {
  const asked = conditions.filter((condition) => condition !== null);
  return { sql: asked.map(([sql]) => sql).join(' AND '), parameters: asked.flatMap(([, ...parameters]) => parameters) };
}

/** `column = value`, when a value is given. */
export function equals(column: string, value: string | null | undefined): Condition {
  return value === null || value === undefined ? null : [`${column} = ?`, value];
}
