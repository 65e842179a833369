import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../demo/free-port.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { findProgram } from '../setup/command.mjs'
import { type Peer, startPeer } from './peer.ts'
import { temporaryDirectory } from './place.ts'

/** Of the server's own user, since no other may ask a container. Nothing is logged, connections to the container are kept: as quick as nginx is without tuning the kernel. */
const configuration = (directory: string, port: number, upstream: string) => `
daemon off;
user root;
worker_processes auto;
pid ${directory}/pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 10000000;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  upstream container { server ${upstream}; keepalive 64; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://container; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`

/** nginx in front of one address; undefined where it is not installed. */
export async function startNginx(upstream: string): Promise<Peer | undefined> {
  const program: string | undefined = findProgram('nginx')
  if (!program) return undefined
  const place = await temporaryDirectory()
  const port = await freePort()
  const file = join(place.path, 'nginx.conf')
  await writeFile(file, configuration(place.path, port, upstream))
  const peer = await startPeer(program, ['-p', place.path, '-c', file, '-e', join(place.path, 'error.log')], port)
  return { url: peer.url, stop: () => peer.stop().then(place.remove) }
}
