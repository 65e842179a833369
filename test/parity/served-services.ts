import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { openInstallation } from '../../src/cli/installation.ts'
import type { Driver } from '../../src/driver/driver.ts'
import { openPlatform } from '../../src/platform.ts'
import type { Service } from '../../src/service/service.ts'

/** Every service as the server has it, with the names of what it serves; nothing can be called on it. */
export async function servedServices(): Promise<readonly Service[]> {
  const data = await mkdtemp(join(tmpdir(), 'modelmart-services-'))
  const installation = await openInstallation({ data })
  const log = pino({ level: 'silent' })
  const parts = await openPlatform({
    ...{
      ...installation,
      driver: {} as Driver,
      installation: 'none',
      url: 'http://localhost:1',
      log,
      room: { requireRoom() {} },
    },
  })
  await parts.close()
  await installation.store.close()
  await rm(data, { recursive: true, force: true })
  return parts.services
}
