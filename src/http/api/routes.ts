import { JOB_ROUTES } from './jobs.ts';
import type { Route } from './route.ts';
import { STREAM_ROUTES } from './stream.ts';
import { TRACE_ROUTES } from './trace.ts';

/** Every route of the API, each with the scope it needs. */
export const ROUTES: readonly Route[] = [...JOB_ROUTES, ...STREAM_ROUTES, ...TRACE_ROUTES];
