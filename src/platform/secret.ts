import { randomBytes } from 'node:crypto';

/** So many bytes that nobody can guess. */
export type NewSecret = (bytes: number) => Uint8Array;

/** From the system's generator. */
export const systemSecret: NewSecret = (bytes) => randomBytes(bytes);
