import { randomSource } from './random-source.ts'
import { better, type Direction } from './trial.ts'

/** How long a training job may go on, in values of its objective metric, such as one for each epoch. */
export interface Resource {
  readonly min: number
  readonly max: number
}

/** Of those that reach a rung, the best of so many go on. */
const reduction = 3

/**
 * The numbers of values after which a trial is held against the others of its bracket. Brackets differ in the first rung, so that some
 * trials are judged early and some late; a trial's is drawn by its number, in the proportions of Hyperband. Source: Li et al.,
 * "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", 2018.
 */
export function rungsOf({ min, max }: Resource, seed: number, number: number): number[] {
  const ladder = [min]
  while ((ladder.at(-1) as number) * reduction < max) ladder.push((ladder.at(-1) as number) * reduction)
  const sizes = ladder.map((_, bracket) => {
    const halvings = ladder.length - bracket
    return Math.ceil(((ladder.length + 1) / (halvings + 1)) * reduction ** halvings)
  })
  let draw = randomSource('bracket', seed, number)() * sizes.reduce((sum, size) => sum + size, 0)
  const bracket = sizes.findIndex(size => {
    draw -= size
    return draw < 0
  })
  return ladder.slice(bracket).filter(rung => rung < max)
}

/** A trial on its ladder. */
export interface Climber {
  readonly rungs: readonly number[]
  readonly values: readonly number[]
}

/**
 * Why a training job should be stopped: at a rung beyond `judged` it was not among the best third of those of its bracket that have
 * come there so far, or it has used up the resource. Undefined when it may go on. Nobody waits at a rung for the others: the
 * asynchronous form of Hyperband (Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020).
 */
export function hyperbandVerdict(
  direction: Direction,
  { max }: Resource,
  climber: Climber,
  judged: number,
  others: readonly Climber[],
): string | undefined {
  const { rungs, values } = climber
  if (values.length >= max) return `It has reached MaxResource, ${max}.`
  for (const rung of rungs.filter(rung => rung > judged && rung <= values.length)) {
    const value = values[rung - 1] as number
    const peers = others.filter(other => other.rungs[0] === rungs[0] && other.values.length >= rung)
    const ahead = peers.filter(peer => better(direction, peer.values[rung - 1] as number, value)).length
    const reached = peers.length + 1
    if (reached >= reduction && ahead >= Math.ceil(reached / reduction))
      return `After ${rung} values of its objective, ${ahead} of the ${reached} training jobs that have come so far were better than its ${value}.`
  }
  return undefined
}
