/** Something that must hold does not: a finding of the campaign, not a fault of it. Whatever else is thrown is one. */
export class BrokenPromise extends Error {}
