import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import TextFilter from '@cloudscape-design/components/text-filter'
import Toggle from '@cloudscape-design/components/toggle'
import { useEffect, useMemo, useState } from 'react'
import { errorText } from '../api/error-text.ts'
import { logs } from '../api/logs.ts'
import { useRegion } from '../api/region.ts'
import { follow } from '../route/follow.ts'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { kitTexts } from './kit-texts.ts'
import { type LogLine, LogLines } from './log-lines.tsx'

const words = kitTexts.log

const followMs = 2000
/** Of so many lines the last are kept in the page. */
const mostLines = 200_000

interface Props {
  readonly group: string
  /** Of the group's streams; empty for all of them. */
  readonly streamPrefix: string
  /** More may come. */
  readonly isLive: boolean
  /** False on the page that a link would lead to. */
  readonly isLinked?: boolean
}

/** The log of a job or an endpoint as it comes: searched in place, followed while it lives. */
export default function LogView({ group, streamPrefix, isLive, isLinked = true }: Props) {
  const [filter, setFilter] = useUrlState('log', '')
  const [isFollowing, setFollowing] = useState(true)
  const { lines, problem, isCut } = useLogLines(group, streamPrefix, isLive)
  const shown = useMemo(
    () => (filter === '' ? lines : lines.filter(({ text }) => text.toLowerCase().includes(filter.toLowerCase()))),
    [lines, filter],
  )
  return (
    <SpaceBetween size="s">
      {problem !== undefined && <Alert type="error">{errorText(problem).message}</Alert>}
      {isCut && <Alert type="info">{words.gone}</Alert>}
      <SpaceBetween direction="horizontal" size="s" alignItems="center">
        <TextFilter
          filteringText={filter}
          filteringPlaceholder={words.filter}
          filteringAriaLabel={words.filter}
          onChange={({ detail }) => setFilter(detail.filteringText)}
        />
        <Toggle checked={isFollowing} onChange={({ detail }) => setFollowing(detail.checked)}>
          {words.follow}
        </Toggle>
        <Box color="text-body-secondary">{words.lines(shown.length, lines.length)}</Box>
        {isLinked && (
          <Link href={groupHref(group, streamPrefix)} onFollow={follow}>
            {words.inCloudWatch}
          </Link>
        )}
        <Button
          onClick={() => download(lines, `${group}/${streamPrefix}`)}
          iconName="download"
          disabled={lines.length === 0}
        >
          {words.download}
        </Button>
      </SpaceBetween>
      {shown.length === 0 ? (
        <Box>{words.none}</Box>
      ) : (
        <LogLines lines={shown} isFollowing={isFollowing} label={`${group} ${streamPrefix}`.trim()} />
      )}
    </SpaceBetween>
  )
}

/** The page of the group, with the events of these streams. */
const groupHref = (group: string, streamPrefix: string): string =>
  `${pathTo('logGroup', { name: group })}?stream=${encodeURIComponent(streamPrefix)}`

/** Reads on from where it was, page by page while there is more, then every other second as long as the source lives. */
function useLogLines(group: string, streamPrefix: string, isLive: boolean) {
  const [region] = useRegion()
  const [lines, setLines] = useState<readonly LogLine[]>([])
  const [isCut, setCut] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const source = useMemo(() => readLog(region, group, streamPrefix), [region, group, streamPrefix])
  useEffect(() => {
    let isOver = false
    const more = async () => {
      for (;;) {
        try {
          const fresh = await source()
          if (isOver) return
          setProblem(undefined)
          if (fresh.length > 0)
            setLines(before => {
              const all = [...before, ...fresh]
              setCut(all.length > mostLines)
              return all.length > mostLines ? all.slice(-mostLines) : all
            })
        } catch (error) {
          if (isOver) return
          // A job that has printed nothing yet has no group.
          if ((error as Error).name !== 'ResourceNotFoundException') setProblem(error)
        }
        do await new Promise(resolve => setTimeout(resolve, isLive ? followMs : 15 * followMs))
        while (document.hidden && !isOver)
        if (isOver) return
      }
    }
    void more()
    return () => {
      isOver = true
    }
  }, [source, isLive])
  return { lines, isCut, problem }
}

/** What came since the last call. Events of one millisecond may come in parts: those that are known are left out by their ids. */
function readLog(region: string, logGroupName: string, prefix: string): () => Promise<LogLine[]> {
  const logStreamNamePrefix = prefix === '' ? undefined : prefix
  let startTime = 0
  let known = new Set<string>()
  return async () => {
    const fresh: LogLine[] = []
    let nextToken: string | undefined
    const since = startTime
    do {
      const ask = { logGroupName, logStreamNamePrefix, startTime: since, nextToken }
      const page = await logs(region).send(new FilterLogEventsCommand(ask))
      for (const { eventId = '', timestamp = 0, message = '', logStreamName = '' } of page.events ?? []) {
        if (known.has(eventId)) continue
        if (timestamp > startTime) {
          startTime = timestamp
          known = new Set()
        }
        known.add(eventId)
        fresh.push({ id: eventId, time: timestamp, stream: logStreamName, text: message })
      }
      nextToken = page.nextToken
    } while (nextToken !== undefined && fresh.length < mostLines)
    return fresh
  }
}

function download(lines: readonly LogLine[], name: string): void {
  const text = lines.map(line => `${new Date(line.time).toISOString()} ${line.text}\n`)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob(text, { type: 'text/plain' }))
  link.download = `${name.replaceAll('/', '-')}log.txt`
  link.click()
  URL.revokeObjectURL(link.href)
}
