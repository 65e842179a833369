import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { engineCommand } from '../../setup/engine.mjs'
// @ts-expect-error as above
import { buildImage, ensureTestBase } from '../../setup/images.mjs'
import { presentEngines } from './engines.ts'

/** The build itself says whether it was there. */
const program = 'import pathlib; assert len(pathlib.Path("/run/secrets/token").read_text()) == 43'
const dockerfile = `ARG BASE
FROM $BASE
RUN --mount=type=secret,id=token ${JSON.stringify(['python3', '-c', program])}
`

for (const engine of await presentEngines())
  describe(`a secret of a build, on ${engine.engine}`, { timeout: 300_000 }, () => {
    const secret = `secret-${randomUUID()}`
    const tag = `modelmart-secret-${randomUUID()}:latest`
    const on = async (...words: string[]): Promise<string> => {
      const [command, args] = engineCommand(engine, words) as [string, string[]]
      return (await promisify(execFile)(command, args)).stdout
    }
    let folder = ''
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'modelmart-secret-'))
      await writeFile(join(folder, 'Dockerfile'), dockerfile)
    })
    after(async () => {
      await on('rmi', tag).catch(() => undefined)
      await rm(folder, { recursive: true })
      await rm(`${folder}.token`, { force: true })
    })
    const build = async () => {
      // Beside the folder: what is in it is sent to the builder.
      await writeFile(`${folder}.token`, secret)
      const base: string = await ensureTestBase(engine)
      return buildImage(engine, folder, tag, { BASE: base }, [`id=token,src=${folder}.token`])
    }
    const canBuild = async () =>
      engine.engine === 'podman' ||
      on('buildx', 'version').then(
        () => true,
        () => false,
      )

    it('is there while it is built, and not kept; or refused where the builder knows none', async () => {
      if (!(await canBuild()))
        return assert.rejects(build(), /by BuildKit alone, which Docker has with its package docker-buildx/)
      const id: string = await build()
      assert.ok(!(await on('history', '--no-trunc', id)).includes(secret))
      assert.ok(!(await on('inspect', id)).includes(secret))
    })
  })
