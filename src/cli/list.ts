// @ts-expect-error the set-up is plain JavaScript, since it also runs before anything is installed
import { ensureEngine } from '../../setup/engine.mjs'
import { createEngineClient } from '../driver/engine-client.ts'
import type { CommandContext } from './command-context.ts'
import { type PublishOptions, publishProduct } from './publish-product.ts'
import type { Engine } from './push-image.ts'
import { reachServer, requireEngine } from './reach-server.ts'
import { accountOf } from './seller-account.ts'
import type { OpenServer } from './start.ts'

export interface ListOptions extends PublishOptions {
  /** Name of the account that sells; made when there is none. */
  readonly account: string
}

/**
 * `modelmart list DIR`: brings the market to what a product's folder says, and shows what that changes. Uses the server that runs on the
 * data directory, or one of its own. Exits 1 with what was refused.
 */
export const list = (directory: string, options: ListOptions, context: CommandContext, openServer: OpenServer) =>
  listAll([directory], options, context, openServer).catch(error => {
    context.err.write(`modelmart list: ${(error as Error).message}\n`)
    process.exitCode = 1
  })

/** Lists one folder after the other. Throws an Error with what the first that fails was refused for. */
export async function listAll(
  directories: readonly string[],
  { account, ...options }: ListOptions,
  context: CommandContext,
  openServer: OpenServer,
): Promise<void> {
  const engine = (await ensureEngine({})) as Engine
  const server = await reachServer(context, openServer)
  const client = createEngineClient(`unix://${engine.socket.replace('unix://', '')}`)
  try {
    await requireEngine(server.url)
    const profile = await accountOf(account, context)
    const tell = (line: string) => void context.out.write(`${line}\n`)
    const publisher = { profile, url: server.url, engine, client, context, tell }
    for (const directory of directories) {
      tell(directory)
      await publishProduct(publisher, directory, options)
    }
  } finally {
    await client.close()
    await server.close()
  }
}
