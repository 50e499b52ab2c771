import { parse } from 'yaml';
import type { ComposeFile } from './compose-faults.ts';

/** With anchors merged in. They may be as many as one likes: the limit guards against strangers' files, and this is ours. */
export function parseComposeFile(text: string): ComposeFile {
  return parse(text, { merge: true, maxAliasCount: -1 }) as ComposeFile;
}
