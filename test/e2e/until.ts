import { setTimeout as sleep } from 'node:timers/promises'

/** Asks every 50 ms until `done`. Throws with the last answer after `seconds`. */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer>,
  done: (answer: Answer) => unknown,
  seconds = 300,
): Promise<Answer> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (done(answer)) return answer
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s; the last answer was ${inWords(answer)}`)
    await sleep(50)
  }
}

const inWords = (answer: unknown) => (answer instanceof Error ? String(answer) : JSON.stringify(answer)?.slice(0, 2000))
