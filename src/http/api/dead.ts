import { z } from 'zod';
import { listAnswer } from './answer-schemas.ts';
import { deadGroupAnswer } from './desk-schema.ts';
import { deadGroupView } from './desk-view.ts';
import { pageFields } from './fields.ts';
import { jobSummaryAnswer } from './job-schema.ts';
import { jobSummaryView } from './job-view.ts';
import { instanceFor, NOTHING, type Route, route } from './route.ts';

const groups = route({
  method: 'GET',
  path: '/dead',
  scope: 'read',
  reach: 'limited',
  summary: 'Lists dead letters grouped by the fingerprint of their error; the group that grew last comes first.',
  tag: 'dead',
  params: NOTHING,
  query: z.strictObject({ ...pageFields, instance: z.string().nullable().default(null) }),
  body: null,
  answers: { 200: { means: 'A page of groups.', schema: listAnswer('dead', deadGroupAnswer) } },
  errors: [],
  async handle({ query: { limit, cursor, instance } }, { operations, caller }) {
    const listed = await operations.deadGroups(instanceFor(caller, instance), { limit, cursor });
    return { status: 200, body: { dead: listed.items.map(deadGroupView), next_cursor: listed.nextCursor } };
  },
});

const group = route({
  method: 'GET',
  path: '/dead/:fingerprint',
  scope: 'read',
  reach: async ({ params }, operations) => [(await operations.deadGroup(params.fingerprint)).instance],
  summary: 'Shows the dead letters with one fingerprint, the one that ended last first.',
  tag: 'dead',
  params: z.object({ fingerprint: z.string() }),
  query: z.strictObject(pageFields),
  body: null,
  answers: {
    200: {
      means: 'The group with a page of its jobs.',
      schema: z.strictObject({ ...deadGroupAnswer.shape, ...listAnswer('jobs', jobSummaryAnswer).shape }),
    },
  },
  errors: ['not_found'],
  async handle({ params: { fingerprint }, query: { limit, cursor } }, { operations }) {
    const found = await operations.deadGroup(fingerprint);
    const listed = await operations.deadJobs(fingerprint, { limit, cursor });
    return {
      status: 200,
      body: { ...deadGroupView(found), jobs: listed.items.map(jobSummaryView), next_cursor: listed.nextCursor },
    };
  },
});

/** `/dead`: the groups of dead letters, and one of them. What is done to them is done to their jobs. */
export const DEAD_ROUTES: readonly Route[] = [groups, group];
