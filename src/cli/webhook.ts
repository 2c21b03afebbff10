import type { AddCommand } from './command.ts';
import { addInbox } from './webhook/inbox.ts';
import { addSend } from './webhook/send.ts';
import { addSign } from './webhook/sign.ts';
import { addWalk } from './webhook/walk.ts';

/** `ductile webhook …`: what comes in from outside, and tools to try that. */
export const addWebhook: AddCommand = (parent, run) => {
  const webhook = parent
    .command('webhook')
    .description('list webhooks and their deliveries, deliver again, sign, send and test');
  for (const add of [addInbox, addSign, addSend, addWalk]) add(webhook, run);
};
