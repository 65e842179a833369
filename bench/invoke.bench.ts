import { invokeUrl } from './actor.ts'
import type { Bench, Figure, Skipped } from './bench.ts'
import { type LoadOptions, load } from './load.ts'
import { startNginx } from './nginx.ts'
import { alternate } from './rounds.ts'
import { createSigner, plainRequest } from './wire-request.ts'

const seconds = 1.5
const rounds = 5
const different = 32
const body = (index: number) => Buffer.from(`${index},3.5,1.4,0.2\n`)
const headers = { 'content-type': 'text/csv', accept: 'text/csv' }

/** InvokeEndpoint through workers, one a processor, on a subscribed product, against nginx in front of the very same container. */
export const invokeBench: Bench = {
  name: 'invoke',
  async run(stage) {
    const [buyer, probe] = [await stage.buyer(), await stage.probe()]
    const ourUrl = await invokeUrl(buyer)
    const nginx = await startNginx(probe.address)
    if (!nginx) return [{ work: 'InvokeEndpoint', skipped: 'nginx is not installed' }] satisfies Skipped[]

    const sign = createSigner(ourUrl, 'sagemaker', buyer.clients.credentials)
    const path = `/endpoints/${probe.endpointName}/invocations`
    const bodies = Array.from({ length: different }, (_, index) => body(index))
    const signed = await Promise.all(bodies.map(body => sign({ method: 'POST', path, headers, body })))
    const direct = `http://${probe.address}`
    const plain = (url: string) =>
      bodies.map(body => plainRequest(url, { method: 'POST', path: '/invocations', headers, body }))
    const ours = (options: Pick<LoadOptions, 'connections' | 'seconds'>) =>
      load(ourUrl, { requests: signed, ...options })
    const peer = (url: string, options: Pick<LoadOptions, 'connections' | 'seconds'>) =>
      load(url, { requests: plain(url), ...options })

    try {
      const rateAt = (connections: number) => {
        const many = { connections, seconds }
        return alternate(rounds, {
          ours: async () => (await ours(many)).perSecond,
          nginx: async () => (await peer(nginx.url, many)).perSecond,
          bare: async () => (await peer(direct, many)).perSecond,
        })
      }
      const rate = await rateAt(16)
      const wide = await rateAt(64)
      const one = { connections: 1, seconds: seconds / 2 }
      const latency = await alternate(rounds, {
        bare: async () => (await peer(direct, one)).p50Ms,
        ours: async () => (await ours(one)).p50Ms,
        nginx: async () => (await peer(nginx.url, one)).p50Ms,
      })
      const added = (samples: readonly number[]) => samples.map((ms, round) => ms - (latency.bare[round] as number))
      return [
        {
          ...{ work: 'InvokeEndpoint, 16 connections', against: 'nginx, same container', unit: '/s' },
          ...{ ours: rate.ours, theirs: rate.nginx, judged: 'ratio', atLeast: 0.6 },
        },
        {
          ...{ work: 'InvokeEndpoint, 64 connections', against: 'nginx, same container', unit: '/s' },
          ...{ ours: wide.ours, theirs: wide.nginx, judged: 'ratio', atLeast: 0.6 },
        },
        {
          ...{ work: 'InvokeEndpoint, 16 connections', against: 'the bare container', unit: '/s' },
          ...{ ours: rate.ours, theirs: rate.bare, judged: 'ratio' },
        },
        {
          ...{ work: 'InvokeEndpoint, p50 added at 1 connection', against: 'nginx, same container', unit: 'ms' },
          ...{ ours: added(latency.ours), theirs: added(latency.nginx), judged: 'ratio', atMost: 4 },
        },
      ] satisfies Figure[]
    } finally {
      await nginx.stop()
    }
  },
}
