import { randomUUID } from 'node:crypto'
import type { Bench } from './bench.ts'
import { load } from './load.ts'
import { loadInThread } from './load-thread.ts'
import { alternate } from './rounds.ts'
import { createSigner, type Plain } from './wire-request.ts'

const rounds = 5
const seconds = 2
/** At once, of the account that asks many things. */
const many = 200

/** How long one account waits for a Describe while another keeps two hundred requests under way, against the same in a quiet server. */
export const neighbourBench: Bench = {
  name: 'neighbour',
  async run(stage) {
    const { url } = await stage.server()
    const [{ clients: theirs }, { clients: ours }] = [await stage.seller(), await stage.buyer()]
    const [attacker, neighbour] = [theirs, ours].map(({ credentials }) => createSigner(url, 'sagemaker', credentials))
    if (!attacker || !neighbour) throw new Error('two accounts were asked for')
    const named = { ModelPackageGroupName: 'neighbour' }
    await load(url, { requests: [await neighbour(call('CreateModelPackageGroup', named))], connections: 1, count: 1 })
    const describe = [await neighbour(call('DescribeModelPackageGroup', named))]
    const p99 = async (): Promise<number> => (await load(url, { requests: describe, connections: 1, seconds })).p99Ms

    /** Lists of what it has, and groups that it makes, one of these after three of those. */
    async function attack(): Promise<void> {
      const list = await attacker?.(call('ListModelPackageGroups', { MaxResults: 100 }))
      const made = await Promise.all(
        Array.from({ length: 1000 }, () =>
          attacker?.(call('CreateModelPackageGroup', { ModelPackageGroupName: `g-${randomUUID()}` })),
        ),
      )
      const requests = made.flatMap(create => [list, list, list, create]).flatMap(request => request ?? [])
      await loadInThread(url, { requests, connections: many, seconds: seconds + 1, count: requests.length })
    }

    const taken = await alternate(rounds, {
      quiet: p99,
      async beside() {
        const attacking = attack()
        const found = await p99()
        await attacking
        return found
      },
    })
    const work = `DescribeModelPackageGroup, p99, beside another account's ${many} requests at once`
    return [
      {
        ...{ work, against: 'in a quiet server', unit: 'ms', judged: 'ratio', atMost: 3 },
        ...{ ours: taken.beside, theirs: taken.quiet },
      },
    ]
  },
}

const call = (operation: string, input: object): Plain => ({
  method: 'POST',
  path: '/',
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `SageMaker.${operation}` },
  body: Buffer.from(JSON.stringify(input)),
})
