import { createReadStream, readdirSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { sendBody } from '../ground/send-body.ts'

/**
 * What the console's page may load and do: its own files and this server's APIs (Content Security Policy Level 3). Nothing inline, nothing of
 * another origin, in no frame.
 */
export const consolePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const always = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': consolePolicy,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  vary: 'accept-encoding',
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
}

const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

const prefix = '/console/'

/**
 * Answers `/console/` from the files of a build, as its compressor left them beside each other: those below `assets/` are named after their
 * content and never change; every other path is a page, which is the one document. 503 where nothing was built.
 */
export function createConsoleFiles(
  directory: string,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let files = filesBelow(directory)
  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'Only GET and HEAD.')
    // Built while the server runs.
    if (!files.has('index.html')) files = filesBelow(directory)
    if (!files.has('index.html'))
      return end(response, 503, 'The console is not built here: `npm run console:build` builds it.')
    const [path = ''] = (request.url ?? '').split('?', 1)
    if (!path.startsWith(prefix)) return redirect(response)
    const asked = path.slice(prefix.length)
    const isAsset = asked.startsWith('assets/')
    if (isAsset && !files.has(asked))
      return end(response, 404, 'There is no such file; the page may be of another version. Load it again.')
    const name = isAsset ? asked : 'index.html'
    const caching = isAsset ? 'public, max-age=31536000, immutable' : 'no-cache'
    await send(request, response, { directory, files, name, caching })
  }
}

interface File {
  readonly directory: string
  readonly files: ReadonlyMap<string, number>
  readonly name: string
  readonly caching: string
}

async function send(request: IncomingMessage, response: ServerResponse, { directory, files, name, caching }: File) {
  const accepted = String(request.headers['accept-encoding'] ?? '')
    .split(',')
    .map(one => one.trim().split(';')[0])
  const [encoding, ending] = encodings.find(([coding, end]) => accepted.includes(coding) && files.has(name + end)) ?? []
  const chosen = name + (ending ?? '')
  response.writeHead(200, {
    ...always,
    'content-type': types[extname(name)] ?? 'application/octet-stream',
    'content-length': files.get(chosen),
    'cache-control': caching,
    ...(encoding && { 'content-encoding': encoding }),
  })
  if (request.method === 'HEAD') return void response.end()
  await sendBody(createReadStream(join(directory, chosen)), response)
}

const redirect = (response: ServerResponse): void => void response.writeHead(308, { ...always, location: prefix }).end()

const end = (response: ServerResponse, status: number, text: string): void =>
  void response
    .writeHead(status, { ...always, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .end(text)

/** Sizes by name: nothing is opened whose name is not here, whatever a path says. */
function filesBelow(directory: string): ReadonlyMap<string, number> {
  const names = readNames(directory)
  return new Map(names.map(name => [name, statSync(join(directory, name)).size]))
}

function readNames(directory: string): string[] {
  try {
    const all = readdirSync(directory, { recursive: true, withFileTypes: true })
    return all
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(directory.length + 1))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
