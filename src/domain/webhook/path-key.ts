/**
 * What paths that proxies may take for each other have in common: percent-encoding and slashes at the end are undone. Null:
 * a path that no request bears, since its encoding is broken or clients resolve its `.`, `..` or empty segments.
 */
export function pathKey(path: string): string | null {
  const segments = path.replace(/\/+$/, '').split('/').slice(1);
  try {
    const decoded = segments.map((segment) => decodeURIComponent(segment));
    if (decoded.some((segment) => segment === '' || segment === '.' || segment === '..')) return null;
    // Encoded again, a slash within a segment stays one.
    return `/${decoded.map((segment) => encodeURIComponent(segment)).join('/')}`;
  } catch {
    return null;
  }
}
