#!/usr/bin/env node
/**
 * CommonJS on purpose: Node loads ES modules by its pool of threads, and the size of that is read once, before its
 * first use. A name lookup holds a thread for as long as the name server is silent: with Node's four, a few cameras
 * keep files and secrets from being read.
 */
process.env.UV_THREADPOOL_SIZE ??= '16';
void import('./run.js');
