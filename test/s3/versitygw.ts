import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { S3 } from '@aws-sdk/client-s3'
import { freePort } from '../../demo/free-port.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureVersitygw } from '../../setup/versitygw.mjs'

const root = new URL('../../', import.meta.url).pathname

/** An S3 of others that runs until it is closed, with a bucket. Undefined where there is neither it nor Go to make it. */
export async function openVersitygw(bucket: string) {
  const program = await ensureVersitygw(root)
  if (program === undefined) return undefined
  const place = await mkdtemp(join(tmpdir(), 'versitygw-'))
  const port = await freePort()
  const keys = { accessKeyId: 'tester', secretAccessKey: randomBytes(16).toString('hex') }
  const environment = { ROOT_ACCESS_KEY: keys.accessKeyId, ROOT_SECRET_KEY: keys.secretAccessKey }
  const child = spawn(program, ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', place], {
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  })
  const endpoint = `http://127.0.0.1:${port}`
  const client = new S3({ endpoint, region: 'us-east-1', credentials: keys, forcePathStyle: true })
  for (let tries = 1; ; tries++)
    try {
      await client.createBucket({ Bucket: bucket })
      break
    } catch (error) {
      if (tries === 50) throw error
      await sleep(100)
    }
  return {
    ...{ endpoint, bucket, keys, client },
    async close() {
      client.destroy()
      child.kill()
      await rm(place, { recursive: true, force: true })
    },
  }
}
