import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { hold } from '../demo/world.ts'
import type { EngineClient } from '../src/driver/engine-client.ts'
import { at } from '../src/driver/engine-path.ts'

interface Inspected {
  readonly NetworkSettings: {
    readonly IPAddress: string
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>
  }
}

const port = 8080
const inspect = async (engine: EngineClient, id: string) =>
  (await engine.call<Inspected>('GET', at`/containers/${id}/json`)).body

const addressOf = ({ NetworkSettings }: Inspected): string =>
  `${Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? NetworkSettings.IPAddress}:${port}`

/** Identifiers of the containers that Modelmart runs for a job or endpoint, ended ones too. */
export async function containersOf(engine: EngineClient, arn: string): Promise<string[]> {
  const query = { all: true, filters: JSON.stringify({ label: [`modelmart.arn=${arn}`] }) }
  const { body } = await engine.call<{ Id: string }[]>('GET', at`/containers/json`, { query })
  return body.map(({ Id }) => Id)
}

/** `HOST:PORT` of the only container that Modelmart runs for an endpoint. */
export async function containerAddress(engine: EngineClient, arn: string): Promise<string> {
  const [id] = await containersOf(engine, arn)
  hold(id, `the engine has no container of ${arn}`)
  return addressOf(await inspect(engine, id))
}

/** Creates and starts a container as anyone would by hand: with what the engine gives it by default. */
async function start(engine: EngineClient, Image: string, Cmd: readonly string[], host: object = {}): Promise<string> {
  const { body } = await engine.call<{ Id: string }>('POST', at`/containers/create`, {
    body: { Image, Cmd, HostConfig: { ...host, NanoCpus: 2e9, Memory: 2 ** 30 } },
  })
  await engine.call('POST', at`/containers/${body.Id}/start`)
  return body.Id
}

/** Runs `train` to its end, without a network; returns the container. */
export async function runTrain(engine: EngineClient, image: string): Promise<string> {
  const id = await start(engine, image, ['train'], { NetworkMode: 'none' })
  const { body } = await engine.call<{ StatusCode: number }>('POST', at`/containers/${id}/wait`)
  hold(body.StatusCode === 0, `train ended with ${body.StatusCode}`)
  return id
}

/** Runs `serve` until it is healthy, asks it once, stops it; returns the container. */
export async function runServe(engine: EngineClient, image: string, body: string): Promise<string> {
  const id = await start(engine, image, ['serve'])
  const url = `http://${addressOf(await inspect(engine, id))}`
  while (!(await isHealthy(url))) await sleep(5)
  const answer = await request(`${url}/invocations`, { method: 'POST', body, headers: { 'content-type': 'text/csv' } })
  hold(answer.statusCode === 200, `the container answered ${answer.statusCode}`)
  await answer.body.dump()
  await engine.call('POST', at`/containers/${id}/stop`, { query: { t: 30 } })
  return id
}

const isHealthy = (url: string): Promise<boolean> =>
  request(`${url}/ping`).then(
    async ({ statusCode, body }) => {
      await body.dump()
      return statusCode === 200
    },
    () => false,
  )

export async function removeContainer(engine: EngineClient, id: string): Promise<void> {
  await engine.call('DELETE', at`/containers/${id}`, { query: { force: true, v: true } })
}
