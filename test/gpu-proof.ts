import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
// @ts-expect-error the set-up is plain JavaScript, since it also runs before anything is installed
import { ensureEngine } from '../setup/engine.mjs'
// @ts-expect-error as above
import { ensureTestBase } from '../setup/images.mjs'
import { createDockerDriver } from '../src/driver/docker.ts'
import type { ContainerSpec, Driver } from '../src/driver/driver.ts'
import { limitsFor } from '../src/sagemaker/capacity/instance-type.ts'

// `node test/gpu-proof.ts`: on a machine that has a GPU, proves that containers are given it: the driver's library answers, `nvidia-smi`
// counts what was given (which is what toolkits make SM_NUM_GPUS of), two at a time get different ones, and one without gets none.
// Ends with 0 when all of it holds, with 2 where there is none to prove it with.

const program = `
import ctypes, json, subprocess, time
def count():
    try:
        cuda = ctypes.CDLL('libcuda.so.1')
    except OSError:
        return None
    number = ctypes.c_int()
    cuda.cuInit(0)
    cuda.cuDeviceGetCount(ctypes.byref(number))
    return number.value
def listed():
    try:
        return subprocess.run(['nvidia-smi', '--list-gpus'], capture_output=True, text=True).stdout.split('\\n')[:-1]
    except OSError:
        return []
print('PROOF ' + json.dumps({'cuda': count(), 'listed': listed()}), flush=True)
time.sleep(600)`

interface Seen {
  readonly cuda: number | null
  readonly listed: readonly string[]
}

const engine = (await ensureEngine({})) as { engine: 'docker' | 'podman'; socket: string }
const driver = await createDockerDriver({ socket: `unix://${engine.socket}`, installation: 'gpu-proof' })
try {
  process.exitCode = await prove(driver)
} finally {
  for (const { key } of await driver.list()) await driver.remove(key.arn)
  await driver.close()
}

async function prove(driver: Driver): Promise<number> {
  const info = await driver.info()
  if (info.gpus === 0) {
    process.stderr.write(`There is no GPU to prove it with: ${info.gpuProblem ?? 'the machine has none'}.\n`)
    return 2
  }
  const image = (await ensureTestBase(engine)) as string
  const { limits, note } = limitsFor('ml.g4dn.xlarge', info)
  const spec = (gpus: number): ContainerSpec => ({
    key: { arn: `arn:gpu-proof:${randomUUID()}`, attempt: 1, host: 'algo-1' },
    ...{ image, entrypoint: ['python3', '-c', program], environment: {}, mounts: [], network: { kind: 'none' } },
    limits: { ...limits, gpus },
  })
  const one = await seen(driver, spec(1))
  assert.deepEqual([one.cuda, one.listed.length], [1, 1])
  if (info.gpus > 1) {
    const other = await seen(driver, spec(1))
    assert.notEqual(other.listed[0], one.listed[0], 'two instances have the same GPU')
  }
  const none = await seen(driver, spec(0))
  assert.deepEqual([none.cuda ?? 0, none.listed.length], [0, 0])
  const refused = await driver.start(spec(info.gpus + 1))
  assert.match(refused.engineError ?? '', /GPUs are needed/)
  process.stdout.write(`${info.gpus} GPU(s); a container was given ${one.listed[0]}. ${note ?? ''}\n`)
  return 0
}

async function seen(driver: Driver, given: ContainerSpec): Promise<Seen> {
  const { engineError } = await driver.start(given)
  assert.equal(engineError, undefined)
  for await (const { text } of driver.logs(given.key, undefined, AbortSignal.timeout(120_000)))
    if (text.startsWith('PROOF ')) return JSON.parse(text.slice('PROOF '.length))
  return assert.fail('the container has ended without a word')
}
