import type { EngineClient } from '../driver/engine-client.ts'
import type { CommandContext } from './command-context.ts'
import { defaultRegion, type Profile } from './profiles.ts'
import type { Engine } from './push-image.ts'

/** Who publishes, and by which server and engine. */
export interface Publisher {
  readonly profile: Profile & { readonly id: string }
  readonly url: string
  readonly engine: Engine
  readonly client: EngineClient
  readonly context: CommandContext
  tell(line: string): void
}

/** Of AWS's clients, to do something in the publisher's name. */
export const clientSettings = ({
  profile: { accessKeyId, secretAccessKey },
  url,
}: Pick<Publisher, 'profile' | 'url'>) => ({
  ...{ endpoint: url, region: defaultRegion, credentials: { accessKeyId, secretAccessKey } },
})
