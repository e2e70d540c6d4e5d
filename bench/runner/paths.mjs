// Where things are, seen from the repository's root.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const programs = path.join(root, 'build/bench/programs');
export const results = path.join(root, 'build/bench/results');
export const scratch = path.join(root, 'build/bench/scratch');
export const peers = path.join(root, 'bench/peers');
export const weir = path.resolve(root, process.env.WEIR_BINARY ?? 'build/release/weir');
