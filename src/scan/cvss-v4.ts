/**
 * CVSS v4.0 base scores. A vector falls into one of the classes that are told apart by how easily it is exploited (EQ1, EQ2), what it
 * does to the vulnerable system (EQ3 with EQ6) and to others (EQ4); each class has a score, and a vector's own lies between that and
 * the score of the next lower class, by how far it is from the worst of its class. Source: FIRST, Common Vulnerability Scoring System
 * v4.0 Specification, section 8; threat and environmental metrics are not defined in a base score.
 */
type Levels = readonly number[]

const exploitLevels = { AV: 'NALP', PR: 'NLH', UI: 'NPA' }
const effortLevels = { AC: 'LH', AT: 'NP' }
const impactLevels = { VC: 'HLN', VI: 'HLN', VA: 'HLN' }
const onwardLevels = { SC: 'HLN', SI: 'HLN', SA: 'HLN' }

/** The worst vectors of each class, and in how many steps one gets from them to the mildest. */
const exploit = [
  { worst: [[0, 0, 0]], depth: 1 },
  {
    worst: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    depth: 4,
  },
  {
    worst: [
      [3, 0, 0],
      [1, 1, 1],
    ],
    depth: 5,
  },
]
const effort = [
  { worst: [[0, 0]], depth: 1 },
  {
    worst: [
      [1, 0],
      [0, 1],
    ],
    depth: 2,
  },
]
const impact = [
  { worst: [[0, 0, 0]], depth: 7 },
  {
    worst: [
      [1, 0, 0],
      [0, 1, 0],
    ],
    depth: 8,
  },
  { worst: [[1, 1, 1]], depth: 10 },
]
const onward = [
  { worst: [[0, 0, 0]], depth: 5 },
  { worst: [[1, 1, 1]], depth: 4 },
]

/**
 * Scores by EQ1 and EQ2; within, a pair for EQ4 of 1 and 2 at each of EQ3 and EQ6 = 00, 01, 10, 11, 21. EQ5 is 0. Source: the same,
 * the table of macro vectors.
 */
const scores: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  '00': [
    [10, 9.3],
    [9.6, 9],
    [9.3, 8.8],
    [9.2, 8],
    [7.9, 6.9],
  ],
  '01': [
    [9.5, 9.2],
    [9.1, 8.1],
    [9.2, 8.4],
    [8.2, 7],
    [7.1, 6.3],
  ],
  '10': [
    [9.4, 8.7],
    [8.9, 7.5],
    [8.6, 7.2],
    [7.6, 5.7],
    [6.5, 5.3],
  ],
  '11': [
    [9, 7.7],
    [7.7, 6.6],
    [7.4, 6.1],
    [5.9, 5.2],
    [5.8, 2.3],
  ],
  '20': [
    [8.6, 7],
    [7.4, 5.4],
    [7.2, 5.3],
    [5.7, 3.6],
    [4.7, 2.4],
  ],
  '21': [
    [7.3, 5.4],
    [5.5, 4.3],
    [6.1, 4.6],
    [5.1, 1.8],
    [2.4, 1],
  ],
}
/** Where the classes of impact stand in the table, and which are next below: the one of lower requirements, the one of lower impact. */
const column = [0, 2, 4]
const below = [[1, 2], [3], []]

/** Base score of a CVSS vector of version 4.0; undefined when it is none. */
export function cvssV4BaseScore(vector: string): number | undefined {
  const [version, ...pairs] = vector.split('/')
  const metrics: Record<string, string> = Object.fromEntries(pairs.map(pair => pair.split(':', 2)))
  const levels = (known: Readonly<Record<string, string>>): Levels =>
    Object.entries(known).map(([name, letters]) => (metrics[name] ? letters.indexOf(metrics[name]) : -1))
  const [exploitAt, effortAt] = [levels(exploitLevels), levels(effortLevels)]
  const [impactAt, onwardAt] = [levels(impactLevels), levels(onwardLevels)]
  if (version !== 'CVSS:4.0' || [exploitAt, effortAt, impactAt, onwardAt].flat().includes(-1)) return undefined
  if ([...impactAt, ...onwardAt].every(level => level === 2)) return 0

  const eq1 = exploitClass(exploitAt)
  const eq2 = effortAt.every(level => level === 0) ? 0 : 1
  const eq3 = impactAt[0] === 0 && impactAt[1] === 0 ? 0 : impactAt.includes(0) ? 1 : 2
  const eq4 = onwardAt.includes(0) ? 0 : 1
  const score = (first: number, second: number, at: number | undefined, fourth: number): number | undefined =>
    at === undefined ? undefined : scores[`${first}${second}`]?.[at]?.[fourth]
  const own = score(eq1, eq2, column[eq3], eq4) as number
  const lowerImpact = (below[eq3] as Levels).map(at => score(eq1, eq2, at, eq4) as number)
  const steps = [
    { next: score(eq1 + 1, eq2, column[eq3], eq4), part: share(exploit[eq1], exploitAt) },
    { next: score(eq1, eq2 + 1, column[eq3], eq4), part: share(effort[eq2], effortAt) },
    { next: lowerImpact.length > 0 ? Math.max(...lowerImpact) : undefined, part: share(impact[eq3], impactAt) },
    { next: score(eq1, eq2, column[eq3], eq4 + 1), part: share(onward[eq4], onwardAt) },
    // Exploit maturity: a lower class is always there, and a base vector stands at the top of its own.
    { next: own, part: 0 },
  ].filter(({ next }) => next !== undefined)
  const way = steps.reduce((sum, { next, part }) => sum + (own - (next as number)) * part, 0) / steps.length
  return Math.round((Math.min(10, Math.max(0, own - way)) + 1e-6) * 10) / 10
}

function exploitClass([vector, privileges, interaction]: Levels): number {
  const easy = [vector, privileges, interaction].filter(level => level === 0).length
  if (easy === 3) return 0
  return easy > 0 && vector !== 3 ? 1 : 2
}

/** How far down its class a vector stands, of 1: from the first of the worst that is no milder in anything. */
function share(known: { worst: readonly Levels[]; depth: number } | undefined, at: Levels): number {
  const worst = known?.worst.find(levels => levels.every((level, index) => level <= (at[index] as number)))
  const away = at.reduce((sum, level, index) => sum + level - (worst?.[index] ?? level), 0)
  return away / (known?.depth ?? 1)
}
