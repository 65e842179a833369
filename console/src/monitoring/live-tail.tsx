import { StartLiveTailCommand } from '@aws-sdk/client-cloudwatch-logs'
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useEffect, useState } from 'react'
import { useRegion } from '../api/region.ts'
import { errorWords } from '../kit/error-alert.tsx'
import { type LogLine, LogLines } from '../kit/log-lines.tsx'
import { tailingLogs } from './log-group.ts'
import { monitoringTexts as words } from './monitoring-texts.ts'

/** Of so many lines the last are kept in the page. */
const mostLines = 100_000

/** What is put into a group, as it is put, until it is stopped or the page is left. */
export function LiveTail({ arn }: { readonly arn: string }) {
  const [isOn, setOn] = useState(false)
  const { lines, isSampled, hasBegun, problem } = useTail(arn, isOn)
  return (
    <SpaceBetween size="s">
      <SpaceBetween direction="horizontal" size="s" alignItems="center">
        <Button onClick={() => setOn(!isOn)}>{isOn ? words.stop : words.start}</Button>
        <Box color="text-body-secondary">{words.tailWhy}</Box>
        {isOn && hasBegun && <StatusIndicator type="in-progress">{words.tailing}</StatusIndicator>}
      </SpaceBetween>
      {problem !== undefined && <Alert type="error">{errorWords(problem)}</Alert>}
      {isSampled && <Alert type="warning">{words.sampled}</Alert>}
      {isOn && lines.length === 0 && <Box>{words.waiting}</Box>}
      {lines.length > 0 && <LogLines lines={lines} isFollowing label={words.tail} />}
    </SpaceBetween>
  )
}

function useTail(arn: string, isOn: boolean) {
  const [region] = useRegion()
  const [lines, setLines] = useState<readonly LogLine[]>([])
  const [isSampled, setSampled] = useState(false)
  const [hasBegun, setBegun] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  useEffect(() => {
    if (!isOn) return
    const abort = new AbortController()
    let next = 0
    const read = async () => {
      const ask = new StartLiveTailCommand({ logGroupIdentifiers: [arn] })
      const { responseStream = [] } = await tailingLogs(region).send(ask, { abortSignal: abort.signal })
      for await (const { sessionStart, sessionUpdate } of responseStream as NonNullable<typeof responseStream>) {
        if (abort.signal.aborted) return
        if (sessionStart) setBegun(true)
        if (sessionUpdate?.sessionMetadata?.sampled) setSampled(true)
        const fresh = (sessionUpdate?.sessionResults ?? []).map(
          ({ timestamp = 0, message = '', logStreamName = '' }) => ({
            ...{ id: String(next++), time: timestamp, text: message, stream: logStreamName },
          }),
        )
        if (fresh.length > 0) setLines(before => [...before, ...fresh].slice(-mostLines))
      }
    }
    read().catch(error => {
      if (!abort.signal.aborted) setProblem(error)
    })
    return () => {
      abort.abort()
      setBegun(false)
      setProblem(undefined)
    }
  }, [arn, isOn, region])
  return { lines, isSampled, hasBegun, problem }
}
