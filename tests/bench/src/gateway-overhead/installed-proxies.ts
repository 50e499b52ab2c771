import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { eventually, freePort } from '@meridian/testing';

/** A proxy that a machine may have: measured where it is installed, said to be absent where it is not. */
export interface InstalledProxy {
  name: 'nginx' | 'haproxy';
  config(ports: { listen: number; upstream: number }, folder: string): string;
  args(configFile: string, folder: string): string[];
}

/** As people set them up for keep-alive on both sides, with one worker: one contestant does not get more processors than another. */
export const INSTALLED_PROXIES: readonly InstalledProxy[] = [
  {
    name: 'nginx',
    config: ({ listen, upstream }, folder) => `daemon off; worker_processes 1; pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  upstream service { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${listen};
    location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`,
    args: (file, folder) => ['-c', file, '-p', folder, '-e', path.join(folder, 'nginx-error.log')],
  },
  {
    name: 'haproxy',
    config: ({ listen, upstream }) => `global
  nbthread 1
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  http-reuse always
frontend clients
  bind 127.0.0.1:${listen}
  default_backend service
backend service
  server one 127.0.0.1:${upstream}
`,
    args: (file) => ['-db', '-f', file],
  },
];

/** Where it is, looked for as a shell would, and where Debian puts servers; undefined when it is not installed. */
export function findProgram(name: string, searched = process.env.PATH ?? ''): string | undefined {
  const folders = [...searched.split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

export async function startProxy(proxy: InstalledProxy, program: string, upstream: number, folder: string) {
  const listen = await freePort();
  const file = path.join(folder, `${proxy.name}.conf`);
  await writeFile(file, proxy.config({ listen, upstream }, folder));
  const child = spawn(program, proxy.args(file, folder), { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await eventually(() => canConnect(listen), { withinMs: 5_000 });
  } catch {
    await stop();
    throw new Error(`${proxy.name} did not come to serve: ${said.trim()}`);
  }
  return { pid: child.pid as number, port: listen, stop };
}

function canConnect(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
