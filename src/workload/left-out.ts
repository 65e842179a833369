import { ServiceError } from '../ground/errors.ts'

/** What of a container's files is not uploaded, and why. */
export interface LeftOut {
  /** Nothing is lost with it: a pipe, a link that leads outside. */
  pass(path: string, why: string): void
  /** It may hold something that somebody wants: the upload goes on, and the job is told to have failed. */
  lose(path: string, why: string): void
  /** What others have noted. */
  add(others: LeftOut): void
  readonly passed: readonly string[]
  readonly lost: readonly string[]
  readonly count: number
  /** In words; undefined when nothing was. */
  told(): string | undefined
  /** Throws a ServiceError of code `AlgorithmError` when something was lost. */
  check(): void
}

const mostNamed = 3

export function createLeftOut(): LeftOut {
  const passed: string[] = []
  const lost: string[] = []
  let count = 0
  const note = (list: string[]) => (path: string, why: string) => {
    count++
    if (list.length < mostNamed) list.push(`"${path.slice(0, 100)}" (${why})`)
  }
  const named = () => {
    const names = [...lost, ...passed].slice(0, mostNamed)
    return `${names.join(', ')}${count > names.length ? ` and ${count - names.length} more` : ''}`
  }
  return {
    passed,
    lost,
    get count() {
      return count
    },
    add(others) {
      passed.push(...others.passed)
      lost.push(...others.lost)
      count += others.count
    },
    pass: note(passed),
    lose: note(lost),
    told: () => (count > 0 ? `Not uploaded: ${named()}.` : undefined),
    check() {
      if (lost.length > 0)
        throw new ServiceError('AlgorithmError', `The container left what cannot be uploaded: ${named()}.`)
    },
  }
}
