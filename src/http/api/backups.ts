import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';
import { instantAnswer } from './answer-schemas.ts';
import { backupView } from './backup-view.ts';
import { CLI } from './caller.ts';
import { NOTHING, type Route, route } from './route.ts';
import { statsView } from './stats-view.ts';

const backupRequest = z
  .strictObject({
    file: z.string().max(4_000).refine(isAbsolute, 'an absolute path is expected').nullable().default(null),
    replace: z.boolean().default(false),
  })
  .prefault({});

const backupAnswer = z
  .strictObject({
    file: z.string(),
    bytes: z.int(),
    schema: z.int(),
    jobs: z.int(),
    gateway: z.string().nullable(),
    at: instantAnswer.nullable(),
  })
  .meta({ id: 'Backup' });

const statsAnswer = z
  .strictObject({
    file: z.string().nullable(),
    schema: z.int(),
    bytes: z.int(),
    free_bytes: z.int(),
    wal_bytes: z.int(),
    synchronous: z.enum(['off', 'normal', 'full', 'extra']).nullable(),
    tables: z.array(
      z.strictObject({
        table: z.string(),
        rows: z.int(),
        bytes: z.int(),
        indexes: z.array(z.strictObject({ index: z.string(), bytes: z.int() })),
        oldest_at: instantAnswer.nullable(),
        due: z.int().nullable(),
        kept: z.string(),
      }),
    ),
  })
  .meta({ id: 'StorageStats' });

const backup = route({
  method: 'POST',
  path: '/backup',
  scope: 'admin',
  reach: 'gateway',
  summary:
    'Makes a backup beside the work and answers when it is whole; it holds every job that was acknowledged before.',
  tag: 'storage',
  params: NOTHING,
  query: NOTHING,
  body: backupRequest,
  answers: { 201: { means: 'The backup was made and checked.', schema: backupAnswer } },
  errors: [
    'file_exists',
    'backup_failed',
    'backup_running',
    'draining',
    'storage_unavailable',
    'not_found',
    'forbidden',
  ],
  async handle({ body }, { operations, caller }) {
    // A token says who may ask, not where on this machine files may be written.
    if (body.file !== null && caller.source !== CLI.source) {
      throw new OperatorError('forbidden', 'only the command line on this machine may name a file', {
        hint: 'Leave out `file`: the backup then goes to the folder of service.backup.',
      });
    }
    return { status: 201, body: backupView(await operations.backup(body)) };
  },
});

const stats = route({
  method: 'GET',
  path: '/storage',
  scope: 'read',
  reach: 'gateway',
  summary: 'Tells what is stored, where the bytes are, and what retention would remove.',
  tag: 'storage',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'Every table, the largest first.', schema: statsAnswer } },
  errors: [],
  async handle(_, { operations }) {
    return { status: 200, body: statsView(await operations.storageStats()) };
  },
});

/** `/backup` and `/storage`. */
export const BACKUP_ROUTES: readonly Route[] = [backup, stats];
