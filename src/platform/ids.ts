import { v7 } from 'uuid';

/** Makes a fresh UUIDv7; ids made one after the other sort in that order. */
export type NewId = () => string;

/** Ids from the process's clock and randomness. */
export const systemIds: NewId = () => v7();
