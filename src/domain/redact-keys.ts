const SECRET_KEYS = [
  'password',
  'passwords',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'secrets',
  'token',
  'api_key',
  'access_key',
  'secret_key',
  'private_key',
  'signing_key',
  'encryption_key',
  'authorization',
  'cookie',
  'credentials',
];

/**
 * Tells keys whose values are masked: those that end in `password`, `token`, `api_key` and the like, or in a configured
 * name, whatever their case and separators (`githubToken`, `X-Api-Key`).
 */
export function createKeyTest(configured: readonly string[]): (key: string) => boolean {
  const names = [...SECRET_KEYS, ...configured].map(fold).filter((name) => name !== '');
  return (key) => {
    const folded = fold(key);
    return names.some((name) => folded.endsWith(name));
  };
}

function fold(key: string): string {
  return key.toLowerCase().replace(/[\s_.:-]+/g, '');
}
