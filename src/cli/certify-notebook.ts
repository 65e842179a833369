import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
// @ts-expect-error the set-up is plain JavaScript, since it also runs before anything is installed
import { engineCommand } from '../../setup/engine.mjs'
// @ts-expect-error as above
import { ensureNotebookImage } from '../../setup/images.mjs'
import type { Check } from './certify-checks.ts'
import type { Product } from './certify-product.ts'
import { readForeignFile } from './foreign-file.ts'
import { defaultRegion, type Profile } from './profiles.ts'
import type { Engine } from './push-image.ts'

const what = 'notebook'
const cellSeconds = 900
/** Of all cells: whoever wrote the notebook may have wanted to hold whoever executes it. */
const wholeSeconds = 3600
/** Of a notebook with its outputs. */
const mostBytes = 20_000_000

/** What a notebook works with, as its reader would set it: see the table at the head of each example's. */
export interface NotebookPlace {
  readonly url: string
  readonly profile: Pick<Profile, 'accessKeyId' | 'secretAccessKey'>
  readonly role: string
  readonly bucket: string
  /** Of what was certified. */
  readonly arn: string
  /** Where the notebook with its outputs is kept; nowhere if it is not told. */
  readonly output?: string
}

/**
 * Executes the product's sample notebook from its first cell to its last, in a container without a network: one socket leads out of it, to the
 * server. A notebook that fails is told with its cell and the error's last line. Undefined where the product has no notebook.
 */
export async function notebookCheck(
  engine: Engine,
  product: Product,
  place: NotebookPlace,
  tell: (line: string) => void,
): Promise<Check | undefined> {
  const notebook = product.notebook
  if (notebook === undefined) return undefined
  tell(`executing ${notebook}`)
  const image = (await ensureNotebookImage(engine)) as string
  const folder = await mkdtemp(join(tmpdir(), 'modelmart-notebook-'))
  const door = await openDoor(join(folder, 'door'), place.url)
  try {
    await mkdir(join(folder, 'out'))
    // Whoever the container's user is.
    for (const path of ['.', 'out']) await chmod(join(folder, path), 0o711)
    const begun = performance.now()
    const outcome = await execute(engine, image, product, notebook, place, folder)
    const unkept = place.output && (await keep(join(folder, 'out/notebook.ipynb'), place.output))
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    if ('failed' in outcome) return { what, good: false, detail: outcome.failed }
    if (unkept) return { what, good: false, detail: unkept }
    return { what, good: true, detail: `${outcome.cells} executed in ${seconds} s, isolated` }
  } finally {
    door.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the container left, or why it is not kept: it may have left anything there. */
async function keep(executed: string, output: string): Promise<string | undefined> {
  const content = await readForeignFile(executed, 'the executed notebook', mostBytes).catch((error: Error) => error)
  if (content instanceof Error) return content.message
  await writeFile(output, content)
  return undefined
}

/** A socket that leads to the server and to nothing else. */
async function openDoor(folder: string, url: string): Promise<Server> {
  const { hostname, port } = new URL(url)
  const door = createServer(inside => {
    const outside = connect(Number(port), hostname)
    inside.pipe(outside).pipe(inside)
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  await mkdir(folder, { mode: 0o711 })
  await new Promise<void>(resolve => door.listen(join(folder, 'socket'), resolve))
  await chmod(join(folder, 'socket'), 0o666)
  return door
}

async function execute(
  engine: Engine,
  image: string,
  product: Product,
  notebook: string,
  place: NotebookPlace,
  folder: string,
): Promise<{ cells: string } | { failed: string }> {
  const { url, profile, role, bucket, arn } = place
  const { protocol, port } = new URL(url)
  const variables = {
    ...{ AWS_ACCESS_KEY_ID: profile.accessKeyId, AWS_SECRET_ACCESS_KEY: profile.secretAccessKey },
    ...{ AWS_DEFAULT_REGION: defaultRegion, AWS_ENDPOINT_URL: `${protocol}//127.0.0.1:${port}` },
    ...{ AWS_EC2_METADATA_DISABLED: 'true', ROLE_ARN: role, BUCKET: bucket, DATA_DIR: '/product/data' },
    ...{ [product.type === 'Algorithm' ? 'ALGORITHM_ARN' : 'MODEL_PACKAGE_ARN']: arn },
    ...{ PLATFORM_PORT: port, CELL_SECONDS: `${cellSeconds}`, NOTEBOOK: `/product/${notebook}` },
  }
  // A command line is everybody's to read; the file is ours alone.
  const file = join(folder, 'environment')
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(file, lines.join(''), { mode: 0o600 })
  const mounts = [`${product.directory}:/product:ro`, `${join(folder, 'door')}:/door:ro`, `${join(folder, 'out')}:/out`]
  const limits = ['--network', 'none', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--memory', '2g']
  const flags = ['--rm', '--read-only', '--tmpfs', '/tmp', '--pids-limit', '512', '--env-file', file, ...limits]
  const name = `modelmart-notebook-${randomUUID()}`
  const words = ['run', '--name', name, ...flags, ...mounts.flatMap(mount => ['--volume', mount]), image, 'execute']
  const run = (words: string[], bounds = {}) => {
    const [command, args] = engineCommand(engine, words) as [string, string[]]
    return promisify(execFile)(command, args, bounds)
  }
  return run(words, { maxBuffer: 16 * 1024 ** 2, timeout: wholeSeconds * 1000 }).then(
    ({ stdout }) => ({ cells: stdout.trim() }),
    async (error: Error & { stderr?: string; killed?: boolean }) => {
      // The engine's command is gone by then; its container is not.
      await run(['rm', '--force', name]).catch(() => {})
      const last = error.stderr?.trim().split('\n').at(-1)
      return { failed: error.killed ? `it did not end within ${wholeSeconds} s` : last || error.message }
    },
  )
}
