import { AsyncLocalStorage } from 'node:async_hooks'
import type { Transaction } from './store.ts'

/** What is to be written with the first commit of a work, whichever part of the house makes it. */
export interface CommitNote {
  /** SQL and nothing else, as in every transaction. */
  write(tx: Transaction): Promise<void>
  /** What the work tells of what it makes, for the note. */
  readonly resources: NotedResource[]
  state: 'open' | 'writing' | 'written'
}

export interface NotedResource {
  /** `AWS::IAM::AccessKey`. */
  readonly type: string
  /** Its ARN or id. */
  readonly name: string
}

const notes = new AsyncLocalStorage<CommitNote>()

/** Runs a work whose first transaction writes the note too: both are durable, or neither. `state` tells whether one did. */
export const withNote = <T>(note: CommitNote, work: () => Promise<T>): Promise<T> => notes.run(note, work)

/** The note that the caller's transaction is to write, if any. */
export function claimNote(): CommitNote | undefined {
  const note = notes.getStore()
  if (note?.state !== 'open') return undefined
  note.state = 'writing'
  return note
}

/** Names what the work at hand has just made, so that its note tells an id that no request holds. */
export const noteResource = (type: string, name: string): void => void notes.getStore()?.resources.push({ type, name })
