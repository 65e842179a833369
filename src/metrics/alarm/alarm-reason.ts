import type { AlarmDecision, AlarmRule, AlarmState, Comparison } from './alarm-decision.ts'

const compared: Readonly<Record<Comparison, string>> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
}

/** `50.0`, as AWS writes whole numbers. */
const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value))

const two = (value: number): string => String(value).padStart(2, '0')

/** `02/10/19 16:59:00`. */
function shortTime(time: number): string {
  const at = new Date(time)
  const day = [at.getUTCDate(), at.getUTCMonth() + 1, at.getUTCFullYear() % 100].map(two).join('/')
  return `${day} ${[at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':')}`
}

/** `2019-10-02T17:04:40.985+0000`. */
export const longTime = (time: number): string => new Date(time).toISOString().replace('Z', '+0000')

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

/** As many datapoints as a reason tells. */
const mostTold = 20
const longestReason = 1023

/** Why an alarm is in the state that was decided, in the words that AWS's examples show; 1,023 characters at most. */
export function alarmReason(rule: AlarmRule, decision: AlarmDecision, from: AlarmState, to: AlarmState): string {
  const { points, filled } = decision
  if (to === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${counted(filled, 'datapoint')} ${filled === 1 ? 'was' : 'were'} unknown.`
  if (points.length === 0)
    return `Threshold Crossed: no datapoints were received for ${counted(filled, 'period')} and ${treated(rule, filled)}.`
  const told = points.slice(0, mostTold).map(({ value, time }) => `${decimal(value)} (${shortTime(time)})`)
  const more = points.length > mostTold ? ', …' : ''
  const isAlarm = to === 'ALARM'
  const crossing = isAlarm ? decision.breaching : points.length - decision.breaching
  const isPlural = points.length !== 1
  const least = isAlarm ? rule.datapointsToAlarm : rule.evaluationPeriods - rule.datapointsToAlarm + 1
  const text = [
    `Threshold Crossed: ${crossing} out of the last ${counted(points.length, 'datapoint').replace(/datapoint$/, 'datapoints')}`,
    `[${told.join(', ')}${more}]`,
    `${isPlural ? 'were' : 'was'} ${isAlarm ? '' : 'not '}${compared[rule.comparison]} the threshold (${decimal(rule.threshold)})`,
    ...(filled > 0 ? [`and ${treated(rule, filled)}`] : []),
    `(minimum ${counted(least, 'datapoint')} for ${from} -> ${to} transition).`,
  ]
  return text.join(' ').slice(0, longestReason)
}

const treated = ({ missing }: AlarmRule, count: number): string => {
  const name = { breaching: 'Breaching', notBreaching: 'NonBreaching', ignore: 'Ignored', missing: 'Missing' }[missing]
  return `${counted(count, 'missing datapoint')} ${count === 1 ? 'was' : 'were'} treated as [${name}]`
}

/** When and over what a decision was made. */
export interface Asked {
  readonly now: number
  /** Seconds. */
  readonly period: number
  readonly statistic?: string
  readonly unit?: string
}

/** The same as JSON: what alarms tell in `StateReasonData`, and scaling policies read. */
export function reasonData({ threshold }: AlarmRule, { points }: AlarmDecision, asked: Asked): string {
  const told = points.slice(0, mostTold)
  const oldest = told.at(-1)
  return JSON.stringify({
    version: '1.0',
    queryDate: longTime(asked.now),
    ...(oldest && { startDate: longTime(oldest.time) }),
    ...(asked.unit && { unit: asked.unit }),
    ...(asked.statistic && { statistic: asked.statistic }),
    period: asked.period,
    recentDatapoints: told.map(({ value }) => value).toReversed(),
    threshold,
    evaluatedDatapoints: told.map(({ time, value, samples }) => ({
      timestamp: longTime(time),
      ...(samples !== undefined && { sampleCount: samples }),
      value,
    })),
  })
}
