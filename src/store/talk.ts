import { inTexts, openChannel } from './channel.ts'
import type { Talk } from './store.ts'

interface Said {
  readonly from: string
  readonly said: readonly unknown[]
}

/** On a subject of letters, each server to all others on the database. */
export function openTalk(url: string, server: string, subject: string, hear: (said: readonly unknown[]) => void): Talk {
  const channel = openChannel({
    ...{ url, server, name: `modelmart_${subject}` },
    opened() {},
    hear(text) {
      const heard = saidIn(text)
      if (heard && heard.from !== server) hear(heard.said)
    },
  })
  return {
    say: items => channel.say(inTexts(items, said => JSON.stringify({ from: server, said } satisfies Said))),
    close: channel.close,
  }
}

/** Undefined for what is nobody's: anybody with a connection to the database may notify. */
function saidIn(text: string): Said | undefined {
  try {
    const found = JSON.parse(text)
    return typeof found?.from === 'string' && Array.isArray(found.said) ? found : undefined
  } catch {
    return undefined
  }
}
