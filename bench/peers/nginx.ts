import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startChildServer } from './child-server.ts'
import { processTreeUsage, type ProcessUsage } from './process-tree.ts'

/** What gives files by HTTP, of those of a comparison. */
export interface FileSide {
  readonly name: string
  /** The address of a file of the sample by its name. */
  urlOf(file: string): string
  /** Of the server and its child processes. */
  usage(): Promise<ProcessUsage>
  stop(): Promise<void>
}

/** As Debian sets it up, with one worker: sendfile from the page cache, keep-alive, no log. */
const configuration = (folder: string, port: number, files: string): string => `
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  access_log off;
  types { }
  default_type application/octet-stream;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    root ${files};
    location = /ready { return 200; }
  }
}
`

/** nginx as a static server of a folder, in the user that started it. */
export async function startNginx(files: string): Promise<FileSide> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-nginx-'))
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  await writeFile(join(folder, 'nginx.conf'), user + configuration(folder, port, files))
  const server = await startChildServer({
    command: 'nginx',
    args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'],
    folder,
    env: {},
    readyUrl: `${origin}/ready`,
    readyWithinMs: 10_000,
  })
  return {
    name: 'nginx static',
    urlOf: (file) => `${origin}/${file}`,
    usage: () => processTreeUsage(server.pid),
    stop: server.stop,
  }
}
