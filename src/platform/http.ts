/**
 * Node's HTTP module, without what a plain import of it costs: that reads every export at once, and one of them
 * (`WebSocket`) loads a whole HTTP client that nobody here uses, some 30 ms and several megabytes.
 */
export const { STATUS_CODES, createServer, request } = process.getBuiltinModule('node:http');
