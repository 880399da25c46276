#!/usr/bin/env node
/**
 * CommonJS on purpose: Node loads ES modules by its pool of threads, and the size of that is read once, before its
 * first use. A name lookup holds a thread for as long as the name server is silent, and lookups get half of the pool:
 * of Node's four, two silent names would keep all others waiting. Five cameras connect at once.
 */
process.env.UV_THREADPOOL_SIZE ??= '16';
void import('./run.js');
