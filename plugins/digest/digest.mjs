#!/usr/bin/env node
// Turns what other plugins report into one sentence for people.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const READ_BYTES = 8 * 1024 * 1024;
const WORD = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;
const SHORTEST_TOP_WORD = 4; // leaves out most of the little words of most languages

/** An expected failure: a code of the protocol and a sentence. */
class Refusal extends Error {
  constructor(message, { code, cause }) {
    super(message, { cause });
    this.code = code;
  }
}

const commands = { handle };

function handle({ payload, config, state }) {
  const input = payload ?? {};
  if (typeof input.path === 'string' && typeof input.bytes === 'number') return digestFile(input, config ?? {});
  if (typeof input.load1 === 'number' && typeof input.cpus === 'number')
    return digestSample(input, config ?? {}, state ?? {});
  throw new Refusal('the payload is neither a file (path, bytes) nor a load sample (load1, cpus)', {
    code: 'invalid_input',
  });
}

function digestFile(file, config) {
  const name = file.name ?? file.path;
  const content = readContent(file);
  if (content.text === null) {
    return ready(name, `${sizeText(file.bytes)}, not text`, 'info', { kind: 'file', bytes: file.bytes });
  }
  const counts = new Map();
  let words = 0;
  for (const [word] of content.text.matchAll(WORD)) {
    words += 1;
    const key = word.toLowerCase();
    if (key.length >= SHORTEST_TOP_WORD) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const lines = content.text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const longest = lines.reduce((length, line) => Math.max(length, line.length), 0);
  const top = [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, config.top_words ?? 3)
    .map(([word, count]) => ({ word, count }));

  const parts = [`${plural(words, 'word')} in ${plural(lines.length, 'line')} (${sizeText(file.bytes)})`];
  if (top.length > 0) parts.push(`most often ${top.map(({ word, count }) => `${word} ×${count}`).join(', ')}`);
  if (longest > 0) parts.push(`longest line ${plural(longest, 'character')}`);
  if (content.note !== null) parts.push(content.note);
  const stats = { kind: 'file', bytes: file.bytes, words, lines: lines.length, longest_line: longest, top_words: top };
  return ready(name, parts.join('; '), 'info', stats);
}

/** Text of the file, or of the preview when the file has gone since; null text when it is not text. */
function readContent({ path, text_preview: preview }) {
  let handle;
  try {
    handle = openSync(path, 'r');
    const size = fstatSync(handle).size;
    const buffer = Buffer.alloc(Math.min(size, READ_BYTES));
    const head = buffer.subarray(0, readSync(handle, buffer, 0, buffer.length, 0));
    if (head.includes(0)) return { text: null, note: null };
    return { text: head.toString('utf8'), note: size > READ_BYTES ? 'counted in the first 8 MiB' : null };
  } catch (error) {
    if (typeof preview !== 'string')
      throw new Refusal(`${path} cannot be read: ${error.message}`, { code: 'not_found', cause: error });
    return { text: preview, note: 'counted in the preview, as the file has gone since' };
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function digestSample(sample, config, state) {
  const { load1, cpus, memory_used_percent: memory = 0, disk_used_percent: disk = null } = sample;
  const load = widen(state.load, load1);
  const limit = config.warn_percent ?? 90;
  const reasons = [];
  if (load1 > cpus) reasons.push('more work than CPUs');
  if (memory > limit) reasons.push(`memory above ${limit} %`);
  if (disk > limit) reasons.push(`disk above ${limit} %`);

  const parts = [`load ${fixed(load1, 2)} on ${plural(cpus, 'CPU')}`, `memory ${fixed(memory, 1)} %`];
  if (disk !== null) parts.push(`disk ${fixed(disk, 1)} %`);
  const range = `load ${fixed(load.min, 2)} to ${fixed(load.max, 2)}, mean ${fixed(load.mean, 2)}`;
  const history = load.count > 1 ? ` (${plural(load.count, 'sample')}: ${range})` : '';
  const warning = reasons.length > 0 ? `: ${reasons.join(', ')}` : '';
  const stats = { kind: 'load', load, memory: widen(state.memory, memory) };
  return {
    ...ready('host', parts.join(', ') + history + warning, reasons.length > 0 ? 'warning' : 'info', stats),
    state_updates: { load, memory: stats.memory },
  };
}

/** `{ count, min, mean, max }` after one more value. */
function widen(before, value) {
  if (before === undefined) return { count: 1, min: value, mean: value, max: value };
  const count = before.count + 1;
  return {
    count,
    min: Math.min(before.min, value),
    mean: before.mean + (value - before.mean) / count,
    max: Math.max(before.max, value),
  };
}

function ready(title, sentence, severity, stats) {
  const digest = { title, text: sentence, severity, stats };
  return { result: { title, text: sentence }, events: [{ type: 'digest.ready', payload: digest }] };
}

function fixed(value, digits) {
  return Number(value).toFixed(digits);
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function sizeText(bytes) {
  if (bytes < 1024) return plural(bytes, 'byte');
  if (bytes < 1024 * 1024) return `${fixed(bytes / 1024, 1)} KiB`;
  return `${fixed(bytes / 1024 / 1024, 1)} MiB`;
}

function answer(requestText) {
  try {
    const request = parse(requestText);
    if (request.protocol !== 1) throw new Refusal('this plugin speaks protocol 1', { code: 'unsupported' });
    if (!Object.hasOwn(commands, request.command)) {
      throw new Refusal(`digest knows ${Object.keys(commands).join(', ')}, not ${request.command}`, {
        code: 'unsupported',
      });
    }
    return { protocol: 1, status: 'ok', ...commands[request.command](request) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { protocol: 1, status: 'error', error: { code: error.code, message: error.message } };
  }
}

function parse(requestText) {
  try {
    const request = JSON.parse(requestText);
    if (typeof request === 'object' && request !== null && !Array.isArray(request)) return request;
  } catch (error) {
    throw new Refusal(`the request is not JSON: ${error.message}`, { code: 'invalid_input', cause: error });
  }
  throw new Refusal('the request is not a JSON object', { code: 'invalid_input' });
}

// A write to a pipe finishes after this line; calling process.exit() here could cut the answer short.
process.stdout.write(JSON.stringify(answer(await text(process.stdin))));
