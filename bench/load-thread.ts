import { once } from 'node:events'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { type LoadOptions, load } from './load.ts'

/** The same load from a thread of its own, so that who measures something beside it does not wait for the generator. */
export async function loadInThread(url: string, options: LoadOptions): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { url, options } })
  await once(worker, 'exit')
}

if (!isMainThread && workerData?.url) {
  const { url, options } = workerData as { url: string; options: LoadOptions & { requests: Uint8Array[] } }
  // Buffers come over as plain arrays of bytes.
  await load(url, { ...options, requests: options.requests.map(bytes => Buffer.from(bytes)) })
}
