import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** For tests: an engine with a device runtime on a machine that has no GPU. */
export interface GpuEngine {
  /** `unix://…` */
  readonly socket: string
  close(): Promise<void>
}

interface Asked {
  Env?: string[]
  HostConfig: { DeviceRequests?: { DeviceIDs: string[]; Capabilities?: string[][] }[]; Devices?: object[] }
}

/**
 * Stands before Docker's own socket and does what NVIDIA's runtime does: it tells of itself, and puts the devices that a container asks for
 * into it, with the variables that name them. The devices are `/dev/null`. All else goes through as it is.
 */
export async function openGpuEngine(socketPath: string): Promise<GpuEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-gpu-'))
  const server = createServer((asked, answer) => {
    handle(asked, answer).catch(error => answer.destroy(error))
  })

  async function handle(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const path = (asked.url ?? '').split('?')[0] ?? ''
    const creates = asked.method === 'POST' && path.endsWith('/containers/create')
    const body = creates ? JSON.stringify(withDevices(JSON.parse(await text(asked)))) : undefined
    const headers = { ...asked.headers, ...(body && { 'content-length': Buffer.byteLength(body) }) }
    if (body) delete headers['transfer-encoding']
    const onward = request({ socketPath, method: asked.method, path: asked.url, headers })
    answer.on('close', () => onward.destroy())
    if (body === undefined) asked.pipe(onward)
    else onward.end(body)
    const [told] = (await once(onward, 'response')) as [IncomingMessage]
    if (path.endsWith('/info')) {
      const info = JSON.parse(await text(told))
      answer.end(
        JSON.stringify({ ...info, Runtimes: { ...info.Runtimes, nvidia: { path: 'nvidia-container-runtime' } } }),
      )
      return
    }
    answer.writeHead(told.statusCode ?? 500, told.headers)
    told.on('error', error => answer.destroy(error)).pipe(answer)
  }

  const path = join(directory, 'engine.sock')
  server.listen(path)
  await once(server, 'listening')
  return {
    socket: `unix://${path}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await rm(directory, { recursive: true })
    },
  }
}

function withDevices({ Env = [], HostConfig: { DeviceRequests = [], ...HostConfig }, ...rest }: Asked) {
  const ids = DeviceRequests.flatMap(({ DeviceIDs }) => DeviceIDs)
  const able = DeviceRequests.flatMap(({ Capabilities = [] }) => Capabilities.flat()).filter(name => name !== 'gpu')
  const Devices = ids.map(id => ({
    ...{ PathOnHost: '/dev/null', PathInContainer: `/dev/nvidia${id}`, CgroupPermissions: 'rw' },
  }))
  const told = [`NVIDIA_VISIBLE_DEVICES=${ids.join(',')}`, `NVIDIA_DRIVER_CAPABILITIES=${able.join(',')}`]
  return {
    ...rest,
    Env: ids.length > 0 ? [...Env, ...told] : Env,
    HostConfig: { ...HostConfig, ...(ids.length > 0 && { Devices }) },
  }
}
