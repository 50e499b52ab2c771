import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');

/**
 * A page of docs/ that a run has made, as the project's formatter would have it. Asked and not imitated: how wide a cell is,
 * with a sign in it that takes two columns, is for the one to say that holds the page against it.
 */
export async function writePage(file: string, markdown: string): Promise<void> {
  const biome = path.join(root, 'node_modules/.bin/biome');
  const { status, stdout, stderr, error } = spawnSync(biome, ['format', '--stdin-file-path=docs/page.md'], {
    ...{ cwd: root, input: markdown, encoding: 'utf8' },
  });
  if (status !== 0) throw new Error(`biome did not format ${file}: ${error?.message ?? stderr}`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, stdout);
}
