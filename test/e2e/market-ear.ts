type Handler = (given: unknown) => Promise<{ readonly output: unknown }>

/** What AWS's clients have in common, as far as it is needed here. */
interface Listened {
  readonly middlewareStack: {
    add(layer: (next: Handler, context: { readonly commandName?: string }) => Handler, options: object): void
  }
}

/** All that an account has been told by AWS's clients and by plain requests: answers and errors, as text. */
export interface Ear {
  /** Remembers what a client's calls answer from now on. */
  listen(client: unknown): void
  hear(where: string, text: string): void
  /** Where a word was told. */
  whereTold(word: string): string[]
  readonly heard: number
}

export function openEar(): Ear {
  const told: { readonly where: string; readonly text: string }[] = []
  const hear = (where: string, value: unknown) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value, (_, part) => readable(part))
    told.push({ where, text })
  }
  return {
    hear,
    listen(client) {
      const { middlewareStack } = client as Listened
      middlewareStack.add(
        (next, context) => async args => {
          const name = String(context.commandName)
          try {
            const result = await next(args)
            hear(name, result.output)
            return result
          } catch (error) {
            hear(`${name}, refused`, { ...(error as object), message: (error as Error).message })
            throw error
          }
        },
        { step: 'initialize', name: `ear-${Math.random()}` },
      )
    },
    whereTold: word =>
      told.filter(({ text }) => text.includes(word)).map(({ where, text }) => `${where}: ${around(text, word)}`),
    get heard() {
      return told.length
    },
  }
}

/** Sockets and bodies that are still to be read say nothing. */
function readable(part: unknown): unknown {
  if (part instanceof Uint8Array) return Buffer.from(part).toString()
  const stream = typeof part === 'object' && part !== null && 'pipe' in part
  return stream ? undefined : part
}

function around(text: string, word: string): string {
  const at = text.indexOf(word)
  return text.slice(Math.max(0, at - 120), at + word.length + 120)
}
