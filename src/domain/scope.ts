/** What a token may be allowed: to look, to add work, to change how things run, everything. */
export const SCOPES = ['read', 'submit', 'operate', 'admin'] as const;

/** One of the scopes. */
export type Scope = (typeof SCOPES)[number];

/** What each scope lets its holder do. `submit` alone sees nothing but the answers to what it sent. */
const GRANTS: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read'],
  submit: ['submit'],
  operate: ['read', 'submit', 'operate'],
  admin: SCOPES,
};

/** True when somebody with these scopes may do what needs `required`. */
export function allows(scopes: readonly Scope[], required: Scope): boolean {
  return scopes.some((scope) => GRANTS[scope].includes(required));
}
