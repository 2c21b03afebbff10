import type { JobReplayAnswer } from '../answers.ts';

/** That a job runs again, as which. */
export function jobReplayText({ job_id, replay_of }: JobReplayAnswer): string {
  return `job ${job_id} is queued; it runs ${replay_of} again\n`;
}
