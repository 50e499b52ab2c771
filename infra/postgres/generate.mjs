import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `prisma generate` without the schema engine. Generating does not use the engine, but Prisma downloads it unless it is
 * told where one is; any existing file will do (docs/adr/0006).
 */
const here = fileURLToPath(import.meta.url);
const prisma = path.resolve(path.dirname(here), '../../node_modules/prisma/build/index.js');
const { status } = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: here, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
});
process.exitCode = status ?? 1;
