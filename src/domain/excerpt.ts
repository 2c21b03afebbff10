const MAX_CHARACTERS = 80;

/** The beginning of `text`, at most 80 characters of it, for use inside a message. */
export function excerpt(text: string): string {
  const short = text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`;
  return short.toWellFormed();
}

/** The same in double quotes, control characters escaped. */
export function quote(text: string): string {
  return JSON.stringify(excerpt(text));
}
