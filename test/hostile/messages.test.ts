import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { region } from '../../demo/clients.ts'
import { until } from '../e2e/until.ts'
import { openHouse, settled } from './house.ts'

const Source = 'mallory'
const many = <Result>(count: number, make: (n: number) => Result): Result[] =>
  Array.from({ length: count }, (_, n) => make(n))

/** What an account has the server keep, match, compute and hand on, as much of it as it may. */
describe('events, logs and metrics of an account, with a server that is confined to 600 MiB', {
  timeout: 600_000,
}, () => {
  let house: Awaited<ReturnType<typeof openHouse>>
  let mallory: (typeof house)['mallory']

  before(async () => {
    house = await openHouse()
    mallory = house.mallory
  })
  after(() => house?.close())

  const groupArn = (name: string) => `arn:aws:logs:${region}:${mallory.id}:log-group:${name}`
  const lastLines = async (logGroupName: string) =>
    (await mallory.logs.filterLogEvents({ logGroupName, limit: 100 })).events ?? []

  it('large events, and templates that name each of them hundreds of times', async t => {
    await mallory.logs.createLogGroup({ logGroupName: 'whole' })
    const template = `{"message": "${'<aws.events.event.json>'.repeat(300)}"}`
    for (let rule = 0; rule < 3; rule++) {
      const Name = `rule${rule}`
      await mallory.events.putRule({ Name, EventPattern: JSON.stringify({ source: [Source] }) })
      const Targets = many(5, n => ({
        ...{ Id: `${n}`, Arn: groupArn('whole') },
        ...(n > 0 && { InputTransformer: { InputTemplate: template } }),
      }))
      await mallory.events.putTargets({ Rule: Name, Targets })
    }
    const Entries = [{ Source, DetailType: 'd', Detail: JSON.stringify({ fill: 'x'.repeat(250_000) }) }]
    await house.beside(t, async () => {
      for (let n = 0; n < 20; n++) await mallory.events.putEvents({ Entries })
      await until(
        'a log has the events',
        () => lastLines('whole'),
        lines => lines.length > 0,
      )
    })
  })

  it('sessions of Live Tail that nobody reads, and a megabyte after another for them', async t => {
    await mallory.logs.createLogGroup({ logGroupName: 'tailed' })
    await mallory.logs.createLogStream({ logGroupName: 'tailed', logStreamName: 's' })
    const credentials = await mallory.logs.config.credentials()
    const logs = new CloudWatchLogs({ endpoint: house.server.url, region, credentials, disableHostPrefix: true })
    const abort = new AbortController()
    const asked = { logGroupIdentifiers: [groupArn('tailed')] }
    const sessions = await Promise.all(many(10, () => logs.startLiveTail(asked, { abortSignal: abort.signal })))
    assert.equal(sessions.length, 10)
    const logEvents = () => many(4, () => ({ timestamp: Date.now(), message: 'x'.repeat(250_000) }))
    await house.beside(t, async () => {
      for (let n = 0; n < 60; n++)
        await mallory.logs.putLogEvents({ logGroupName: 'tailed', logStreamName: 's', logEvents: logEvents() })
    })
    abort.abort()
    logs.destroy()
  })

  it('patterns and paths that search for ever, and schedules that never come', async t => {
    const wild = { detail: { fill: many(5, n => ({ wildcard: `${'*x'.repeat(n + 1)}*y` })) } }
    const deep = JSON.parse(`${'{"a":'.repeat(90)}["b"]${'}'.repeat(90)}`)
    const Event = (detail: object) => JSON.stringify({ ...{ id: '1', source: Source, account: mallory.id }, detail })
    const text = { time: '2026-11-20T12:00:00Z', region, resources: [], 'detail-type': 'd' }
    const test = (pattern: object, detail: object) => () =>
      mallory.events.testEventPattern({
        EventPattern: JSON.stringify(pattern),
        Event: JSON.stringify({ ...JSON.parse(Event(detail)), ...text }),
      })
    const never = ['cron(0 0 31 2 ? *)', 'cron(0 0 30 2 ? 2199)', 'cron(59 23 ? 2 6#5 *)', 'rate(999999 days)']
    await house.beside(t, () =>
      settled([
        ...many(20, () => test(wild, { fill: 'x'.repeat(200_000) })),
        ...many(20, () => test(deep, deep)),
        ...many(80, n => () => mallory.events.putRule({ Name: `never${n}`, ScheduleExpression: never[n % 4] })),
      ]),
    )
  })

  it('alarms and expressions on everything, as deep as they may be', async t => {
    const metric = (n: number) => ({
      Id: `m${n}`,
      MetricStat: { Metric: { Namespace: 'M', MetricName: `m${n}` }, Period: 60, Stat: 'p99.9' },
      ReturnData: false,
    })
    const depth = 900
    const Expression = `${'('.repeat(depth)}m0${')'.repeat(depth)}`
    const sums = many(400, n => ({ Id: `e${n}`, Expression: n === 0 ? Expression : `e${n - 1}+e${n - 1}` }))
    const now = Date.now()
    const ago = (ms: number) => new Date(now - ms)
    const [EndTime, StartTime] = [ago(0), ago(86_400_000)]
    const values = many(150, n => n * 1.1)
    await house.beside(t, async () => {
      await settled(
        many(
          10,
          n => () =>
            mallory.cloudwatch.putMetricData({
              Namespace: 'M',
              MetricData: many(100, at => ({
                ...{ MetricName: `m${n}`, Values: values, Timestamp: ago(at * 60_000) },
              })),
            }),
        ),
      )
      await settled([
        ...many(
          10,
          () => () =>
            mallory.cloudwatch.getMetricData({
              ...{ StartTime, EndTime },
              MetricDataQueries: [...many(90, metric), ...sums] as never,
            }),
        ),
        ...many(
          200,
          n => () =>
            mallory.cloudwatch.putMetricAlarm({
              ...{ AlarmName: `a${n}`, EvaluationPeriods: 1440, Threshold: 1, TreatMissingData: 'breaching' },
              ComparisonOperator: 'GreaterThanThreshold',
              Metrics: [...many(9, metric), { Id: 'e', Expression: many(9, at => `m${at}`).join('+') }],
            }),
        ),
      ])
    })
  })
})
