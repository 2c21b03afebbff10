import { z } from 'zod';
import { EXPOSITION_TYPE, expositionText } from '../../domain/exposition.ts';
import { NOTHING, type Route, route } from './route.ts';

/** `/metrics`: for Prometheus and whatever reads its text format. */
export const METRICS_ROUTE: Route = route({
  method: 'GET',
  path: '/metrics',
  root: true,
  scope: 'read',
  reach: 'gateway',
  summary: 'Tells what the gateway counted since its start and measures now, in the text format of Prometheus.',
  tag: 'gateway',
  params: NOTHING,
  // Scrapers may be set up with parameters of their own.
  query: z.looseObject({}),
  body: null,
  answers: { 200: { means: 'The metrics.', schema: z.string(), contentType: EXPOSITION_TYPE } },
  errors: ['gateway_unreachable'],
  async handle(_input, { operations }) {
    const body = expositionText(await operations.metrics());
    return { status: 200, body, headers: { 'content-type': EXPOSITION_TYPE } };
  },
});
