import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { type LoadOptions, type LoadResult, load } from './load.ts'

type Apart = Omit<LoadOptions, 'accepts'>

/**
 * As `load`, from a process that does nothing else and goes before others where the system lets it: as from another machine, what is measured waits
 * for the server alone, and not for what this process asks besides.
 */
export async function loadApart(url: string, options: Apart): Promise<LoadResult> {
  const child = fork(new URL(import.meta.url), { serialization: 'advanced' })
  const ended = once(child, 'exit')
  child.send({ url, options })
  const answered = once(child, 'message').then(([result]) => result as LoadResult)
  const result = await Promise.race([
    answered,
    ended.then(([code]) => Promise.reject(new Error(`a measurement ended: ${code}`))),
  ])
  await ended
  return result
}

if (process.send && import.meta.filename === process.argv[1]) {
  if (process.getuid?.() === 0) setPriority(-10)
  const [{ url, options }] = (await once(process, 'message')) as [{ url: string; options: Apart }]
  const requests = options.requests.map(request => Buffer.from(request))
  process.send(await load(url, { ...options, requests }), () => process.exit())
}
