import { isJsonObject } from '../json.ts';

/** Lets a refinement of a map run beside faults of form: what is wrong with one key does not hide what others lack. */
export const MAP_EVEN_IF_FAULTY = { when: ({ value }: { readonly value: unknown }) => isJsonObject(value) };

/** Lets a refinement of a list run beside faults of form in its entries. */
export const LIST_EVEN_IF_FAULTY = { when: ({ value }: { readonly value: unknown }) => Array.isArray(value) };
