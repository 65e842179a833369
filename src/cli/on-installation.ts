import { userInfo } from 'node:os'
import type { AuditEvent } from '../audit/audit-event.ts'
import { openAuditTrail } from '../audit/audit-trail.ts'
import { auditKey } from '../audit/chain.ts'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import { withNote } from '../store/commit-note.ts'
import { type CommandContext, quietLog } from './command-context.ts'
import { type Installation, openInstallation } from './installation.ts'

/** Opens the data directory for one command, and makes one only where it is told to; what goes wrong is one line on stderr and exit code 1. */
export async function onInstallation(
  context: CommandContext,
  work: (at: Installation) => Promise<void>,
  create = false,
): Promise<void> {
  let installation: Installation | undefined
  try {
    installation = await openInstallation({ ...context, create })
    await work(installation)
  } catch (error) {
    context.err.write(`modelmart: ${(error as Error).message}\n`)
    process.exitCode = 1
  } finally {
    await installation?.store.close()
  }
}

/** What the operator does, for the security log: `parameters` hold no secret. */
export interface OperatorAct {
  /** `account create`. */
  readonly command: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** The same for a command that changes something: the security log tells it, with the commit of its first change. */
export const asOperator = (
  context: CommandContext,
  act: OperatorAct,
  work: (at: Installation) => Promise<void>,
  create = false,
): Promise<void> =>
  onInstallation(
    context,
    async installation => {
      const { store, rootSecret } = installation
      const trail = openAuditTrail({ store, key: auditKey(rootSecret), log: quietLog(context) })
      const event = operatorEvent(act)
      const note = trail.note(event)
      await withNote(note, () => work(installation))
      if (note.state !== 'written') await trail.append(event)
    },
    create,
  )

/** An act of whoever runs the command on this machine; no account sees it. */
export function operatorEvent({ command, parameters }: OperatorAct): AuditEvent {
  return {
    userIdentity: { type: 'Operator', userName: operatorName() },
    time: clock.now(),
    source: 'modelmart',
    name: command,
    region: 'us-east-1',
    sourceIp: 'localhost',
    userAgent: 'modelmart',
    parameters,
    requestId: randomness.uuid(),
    readOnly: false,
    resources: [],
    account: '',
    type: 'OperatorCommand',
  }
}

/** A container may run as a number that has no name. */
function operatorName(): string {
  try {
    return userInfo().username
  } catch {
    return `${process.getuid?.() ?? 'unknown'}`
  }
}
