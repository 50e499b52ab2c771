import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CpuProfile, summariseProfile, topSelfTimes } from './summarise-profile.ts';

const SAY_WHO = new URL('./say-who.mjs', import.meta.url).href;
/** The last numbers are of the process, of its thread and of the profile. */
const FILE = /^CPU\..*?\.(\d+)\.(\d+)\.\d+\.cpuprofile$/;
const NAMED = 3;

export interface ProfileRecording {
  /** When the processes have ended: keeps a summary beside each profile, and tells a line of each process. */
  summarise(): string[];
}

/**
 * Every Node process that is started from now on records a profile into the folder, by its environment, so that nothing
 * that starts one has to know of it. A process keeps it when it ends by itself; one that is killed leaves none.
 */
export function recordProfiles(folder: string, env: NodeJS.ProcessEnv = process.env): ProfileRecording {
  mkdirSync(folder, { recursive: true });
  const before = { NODE_OPTIONS: env.NODE_OPTIONS, MERIDIAN_PROFILE_DIR: env.MERIDIAN_PROFILE_DIR };
  env.NODE_OPTIONS = [before.NODE_OPTIONS, '--cpu-prof', `"--cpu-prof-dir=${folder}"`, `--import=${SAY_WHO}`]
    .filter(Boolean)
    .join(' ');
  env.MERIDIAN_PROFILE_DIR = folder;
  return {
    summarise() {
      for (const [name, value] of Object.entries(before))
        if (value === undefined) delete env[name];
        else env[name] = value;
      return summariesIn(folder);
    },
  };
}

function summariesIn(folder: string): string[] {
  const files = readdirSync(folder);
  const pidOf = (file: string) => FILE.exec(file)?.[1];
  const told = files.filter(pidOf).map((file) => {
    const [, pid, thread] = FILE.exec(file) as unknown as [string, string, string];
    const who = files.includes(`${pid}.who`) ? readFileSync(path.join(folder, `${pid}.who`), 'utf8') : 'a Node';
    const name = `${who.replaceAll(/[^\w-]+/g, '-')}-${pid}${thread === '0' ? '' : `-thread-${thread}`}`;
    try {
      const profile = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as CpuProfile;
      const text = `${who} (process ${pid}, thread ${thread})\n${summariseProfile(profile)}`;
      writeFileSync(path.join(folder, `${name}.txt`), text);
      const longest = topSelfTimes(profile).slice(0, NAMED);
      return `${who}: ${longest.map(({ name, share }) => `${Math.round(share * 100)} % ${name}`).join(', ')}`;
    } catch (failure) {
      // Killed while it wrote it, or a thread that did nothing: the others' are still worth reading.
      return `${who}: no summary of ${file}: ${(failure as Error).message}`;
    }
  });
  const killed = files.filter((file) => file.endsWith('.who') && !files.some((f) => pidOf(f) === file.slice(0, -4)));
  const names = killed.map((file) => readFileSync(path.join(folder, file), 'utf8'));
  for (const file of files) if (file.endsWith('.who')) rmSync(path.join(folder, file));
  return [...told.toSorted(), ...(names.length > 0 ? [`No profile, as they were killed: ${names.join(', ')}`] : [])];
}
