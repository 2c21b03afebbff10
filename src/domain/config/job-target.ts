import { z } from 'zod';
import { name, section, text } from './scalars.ts';

/** `{ instance, command }`. */
export const targetSection = section(
  {
    instance: name().describe('Name of the instance.'),
    command: text('a command', 64).describe('Command of its plugin.').default('handle'),
  },
  'an instance or { instance, command }',
);

/** An instance by its name, or `{ instance, command }`; the command defaults to `handle`. */
export const jobTarget = z
  .union([name().transform((instance) => ({ instance, command: 'handle' })), targetSection], {
    error: 'expected an instance or { instance, command }',
  })
  .meta({ 'x-kind': 'target' });
