/** Ends the process with one plain sentence on standard error. Default code: 1. */
export function exitWith(sentence: string, code = 1): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(code);
}

/** What `read` returns; when it throws, the process ends with its sentence. */
export function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (failure) {
    return exitWith((failure as Error).message);
  }
}

/** What to tell a person when a server cannot listen. */
export function listenFailure(failure: unknown, host: string, port: number): string {
  const { code, message } = failure as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is taken by another process.`;
  if (code === 'EACCES') return `Port ${port} on ${host} may not be used by this user.`;
  return `Cannot listen on ${host}:${port}: ${message}.`;
}
