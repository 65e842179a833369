import Button from '@cloudscape-design/components/button'
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar'
import { useSyncExternalStore } from 'react'
import { errorText } from '../api/error-text.ts'
import { LostAnswer } from '../api/lost-answer.ts'
import { queryClient } from '../api/query-client.ts'
import { errorWords } from '../kit/error-alert.tsx'
import { texts } from '../texts.ts'

/** One message a task: in progress, then done, or failed with what to do. */
export interface Task {
  readonly doing: string
  readonly done: string
  readonly failed: string
  run(): Promise<unknown>
}

let notices: readonly FlashbarProps.MessageDefinition[] = []
const listeners = new Set<() => void>()
let next = 0

function put(notice: FlashbarProps.MessageDefinition): void {
  const known = notices.some(({ id }) => id === notice.id)
  notices = known ? notices.map(other => (other.id === notice.id ? notice : other)) : [notice, ...notices].slice(0, 20)
  for (const listener of listeners) listener()
}

function drop(id: string): void {
  notices = notices.filter(notice => notice.id !== id)
  for (const listener of listeners) listener()
}

const dismissal = (id: string) => ({
  dismissible: true,
  dismissLabel: texts.frame.dismiss,
  onDismiss: () => drop(id),
})

/** Tells of something that is done already. */
export function told(content: string): void {
  const id = `task-${next++}`
  put({ id, type: 'success', content, ...dismissal(id) })
}

/** Runs a task and tells of it in one notice. Resolves whether it was done. */
export async function runTask(task: Task, id = `task-${next++}`): Promise<boolean> {
  put({ id, type: 'in-progress', loading: true, content: task.doing })
  const dismiss = dismissal(id)
  try {
    await task.run()
    put({ id, type: 'success', content: task.done, ...dismiss })
    return true
  } catch (error) {
    const action = <Button onClick={() => void runTask(task, id)}>{texts.frame.retry}</Button>
    // It may be done: what is shown is asked for again, and nobody says that it was not.
    const isLost = error instanceof LostAnswer
    if (isLost) void queryClient.invalidateQueries({ refetchType: 'active' })
    const header = isLost ? errorText(error).title : task.failed
    put({ id, type: 'error', header, content: errorWords(error), ...dismiss, action })
    return false
  }
}

export function Notices() {
  const items = useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => notices,
  )
  return <Flashbar items={[...items]} stackItems />
}
