import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { promisify } from 'node:util'
import type { Figure, Skipped } from './bench.ts'
import { median } from './rounds.ts'

type Line = readonly [
  work: string,
  ours: string,
  against: string,
  theirs: string,
  result: string,
  spread: string,
  goal: string,
]
const head: Line = ['Work', 'Modelmart', 'Against', 'Peer', 'Result', 'Least to most', 'Goal']

/** What is judged, round by round. */
function judgement({ judged, ours, theirs = [] }: Figure): number[] {
  if (judged === 'value') return [...ours]
  return ours.map((value, round) => {
    const peer = theirs[round] ?? Number.NaN
    return judged === 'ratio' ? value / peer : value - peer
  })
}

const short = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))

function line(figure: Figure | Skipped): Line {
  if ('skipped' in figure) return [figure.work, '', '', '', figure.skipped, '', '']
  const { work, unit, ours, theirs, against = '', judged, atLeast, atMost } = figure
  const results = judgement(figure)
  const suffix = judged === 'ratio' ? '×' : ` ${unit}`
  const goal =
    atLeast !== undefined ? `≥ ${atLeast}${suffix}` : atMost !== undefined ? `≤ ${atMost}${suffix}` : undefined
  return [
    work,
    `${short(median(ours))} ${unit}`,
    against,
    theirs ? `${short(median(theirs))} ${unit}` : '',
    `${short(median(results))}${suffix}`,
    `${short(Math.min(...results))} – ${short(Math.max(...results))}`,
    goal ? `${goal} ${reaches(figure) ? 'reached' : 'missed'}` : '',
  ]
}

export function reaches(figure: Figure): boolean {
  const result = median(judgement(figure))
  return result >= (figure.atLeast ?? Number.NEGATIVE_INFINITY) && result <= (figure.atMost ?? Number.POSITIVE_INFINITY)
}

/** A Markdown table, aligned so that it reads in a terminal as well. */
export function table(figures: readonly (Figure | Skipped)[]): string {
  const lines = [head, ...figures.map(line)]
  const widths = head.map((_, column) => Math.max(...lines.map(cells => (cells[column] as string).length)))
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`
  return [row(head), row(widths.map(width => '-'.repeat(width))), ...lines.slice(1).map(row)].join('\n')
}

/** The table with where and when it was taken. */
export async function document(figures: readonly (Figure | Skipped)[]): Promise<string> {
  const model = /^model name\s*:\s*(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown processor'
  const system = /^PRETTY_NAME="(.*)"$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
  const run = promisify(execFile)
  const commit = await run('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname }).then(
    ({ stdout }) => stdout.trim(),
    () => 'no git',
  )
  const machine = `${availableParallelism()} processors (${model}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${system}, Node ${process.version}`
  return [
    '# Measured',
    '',
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit}, ${machine}.`,
    '',
    'Made by `npm run bench`. Medians over the rounds; works that are compared were run in turn within each round, and the result is',
    'the median of the rounds’ own ratios or differences. “Least to most” tells how far the rounds were apart.',
    '',
    table(figures),
    '',
  ].join('\n')
}
