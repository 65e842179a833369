/** Those answers of an account's that the outputs wait for: many at a time, or one alone. */
export interface FirstAnswers {
  /** Resolves when it is one of many, or alone, with what ends that. In the order of asking. Rejects with the signal's reason. */
  enter(isAlone: boolean, signal: AbortSignal): Promise<() => void>
}

interface Waiting {
  readonly isAlone: boolean
  go(): void
}

export function createFirstAnswers(): FirstAnswers {
  const waiting: Waiting[] = []
  let inside = 0
  let isTaken = false

  const isFree = (isAlone: boolean) => !isTaken && (!isAlone || inside === 0)

  const letIn = (isAlone: boolean): (() => void) => {
    inside++
    isTaken = isAlone
    return () => {
      inside--
      isTaken = false
      admit()
    }
  }

  const admit = (): void => {
    for (let next = waiting[0]; next && isFree(next.isAlone); next = waiting[0]) waiting.shift()?.go()
  }

  const leave = (one: Waiting): void => {
    const at = waiting.indexOf(one)
    if (at >= 0) waiting.splice(at, 1)
    admit()
  }

  return {
    async enter(isAlone, signal) {
      signal.throwIfAborted()
      if (waiting.length === 0 && isFree(isAlone)) return letIn(isAlone)
      const { promise, resolve, reject } = Promise.withResolvers<() => void>()
      const one = { isAlone, go: () => resolve(letIn(isAlone)) }
      waiting.push(one)
      const onAbort = () => {
        leave(one)
        reject(signal.reason)
      }
      signal.addEventListener('abort', onAbort)
      return promise.finally(() => signal.removeEventListener('abort', onAbort))
    },
  }
}

const accounts = new Map<string, FirstAnswers>()

/** The process's own of an account: all of its transform jobs have a part of the memory together. */
export function firstAnswersOf(account: string): FirstAnswers {
  const known = accounts.get(account) ?? createFirstAnswers()
  accounts.set(account, known)
  return known
}
