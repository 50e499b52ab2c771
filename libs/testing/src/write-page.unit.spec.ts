import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writePage } from './write-page.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'meridian-page-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('a page is written as the formatter would have it, wide signs and all, into a folder that need not be there', async () => {
  const file = path.join(folder, 'reference', 'page.md');
  await writePage(file, '# Page\n\n| case | kept |\n| --- | ---: |\n| order | 🟢 yes |\n');
  expect(readFileSync(file, 'utf8')).toBe('# Page\n\n| case  |   kept |\n| ----- | -----: |\n| order | 🟢 yes |\n');
});
