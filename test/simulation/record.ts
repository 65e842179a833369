import type { AuditEvent } from '../../src/audit/audit-event.ts'
import type { AuditTrail } from '../../src/audit/audit-trail.ts'
import { auditKey } from '../../src/audit/chain.ts'
import { verifyAudit } from '../../src/audit/verify-chain.ts'
import { clock } from '../../src/ground/clock.ts'
import { ServiceError } from '../../src/ground/errors.ts'
import { type CommitNote, withNote } from '../../src/store/commit-note.ts'
import type { Asked } from './ask.ts'
import { currentLife, live } from './life.ts'
import { account, region } from './place.ts'
import { rootSecret } from './server.ts'
import type { World } from './world.ts'

const eventOf = ({ what, name }: Asked): AuditEvent => ({
  ...{ userIdentity: { type: 'Root', accountId: account }, time: clock.now(), source: 'sagemaker.amazonaws.com' },
  ...{ name: what, region, sourceIp: '192.0.2.1', userAgent: 'simulation', requestId: name, readOnly: false },
  ...{ resources: [], account, type: 'AwsApiCall' },
})

/** Has the security log tell what is asked, as the gateway does: by the commit of the change, of a refusal soon after it. */
export async function recorded(trail: AuditTrail, asked: Asked, work: () => Promise<unknown>): Promise<void> {
  const event = eventOf(asked)
  const note = noteOfLife(trail.note(event))
  try {
    await withNote(note, work)
  } catch (error) {
    if (error instanceof ServiceError && note.state !== 'written')
      trail.refuse({ ...event, errorCode: error.code }, account)
    throw error
  }
  if (note.state !== 'written') await trail.append(event)
}

/** The store writes notes where no server lives; what this one sets going dies with its server. */
function noteOfLife(note: CommitNote): CommitNote {
  const life = currentLife()
  return life ? { ...note, write: tx => live(life, () => note.write(tx)) } : note
}

const filesOf = ({ lines }: World) =>
  lines.mount(
    (_, work) => work(),
    () => false,
  )

/** Events that are in no file yet. */
export async function unwritten(world: World): Promise<string[]> {
  if (!world.options.records) return []
  const newest = await world.store.db.selectFrom('audit_event').select('seq').orderBy('seq', 'desc').limit(1).execute()
  const files = filesOf(world)
  const last = (await files.names()).at(-1)
  const written = /"seq":(\d+)[^\n]*\n$/.exec(last === undefined ? '' : await files.repair(last))?.[1]
  return newest.flatMap(({ seq }) => (seq === Number(written) ? [] : [`event ${seq} of the security log`]))
}

/** The chain has no gap and no fork, in rows and files; whatever was made is told once, and so is all that was acknowledged. */
export async function checkRecords(world: World, asked: readonly Asked[], made: ReadonlySet<string>): Promise<void> {
  if (!world.options.records) return
  const { problems } = await verifyAudit(world.store, auditKey(rootSecret), filesOf(world))
  for (const problem of problems) world.violations.push(`security log: ${problem}`)
  const rows = await world.store.db.selectFrom('audit_event').select('text').execute()
  const told = rows.map(({ text }) => JSON.parse(text) as { requestID: string; errorCode?: string })
  for (const { name, arn, answer, makes } of asked) {
    const count = told.filter(({ requestID, errorCode }) => requestID === name && errorCode === undefined).length
    if (count > 1) world.violations.push(`${name} is told ${count} times in the security log`)
    if (count === 0 && (answer === 'acknowledged' || (makes && made.has(arn))))
      world.violations.push(`${name} was done and is not in the security log`)
  }
}
