import type { Answer } from '../workload/invocation.ts'
import type { Target } from './endpoint-target.ts'
import { badSession } from './model-error.ts'
import type { InvocationContext } from './runtime-operation.ts'
import { newSession } from './sessions.ts'

const told = /^([a-zA-Z0-9](?:-*[a-zA-Z0-9])*);\s*Expires=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/
const mostLength = 256

type SessionAnswer = Pick<Answer, 'status' | 'newSession' | 'closedSession'>

/**
 * Takes to heart what a good answer says of the session that was asked for, and returns what the caller is told of it. Throws ModelError when
 * a container begins one in words that cannot be understood, or another instance's. What it says of other sessions is nothing to this request.
 */
export async function settleSession(
  { SessionId: id }: { readonly SessionId?: string | undefined },
  answer: SessionAnswer,
  target: Target,
  ctx: Pick<InvocationContext, 'account' | 'region' | 'sessions'>,
): Promise<{ NewSessionId?: string; ClosedSessionId?: string }> {
  const endpoint = target.route.arn
  const where = [answer.status, target, ctx] as const
  if (id === newSession) {
    if (answer.newSession === undefined) return {}
    const begun = readNewSession(answer.newSession)
    if (!begun)
      throw badSession(`as "${answer.newSession.slice(0, 300)}", not as "ID; Expires=yyyy-mm-ddThh:mm:ssZ"`, ...where)
    const { logStream } = target.instance
    const others = target.route.variants
      .flatMap(({ instances }) => instances.map(instance => instance.logStream))
      .filter(stream => stream !== logStream)
    const opened = await ctx.sessions.open({ endpoint, id: begun.id }, { logStream, expires: begun.expires }, others)
    if (!opened) throw badSession(`by the id ${begun.id}, which is that of another instance's`, ...where)
    return { NewSessionId: begun.text }
  }
  if (id === undefined || answer.closedSession !== id) return {}
  await ctx.sessions.close({ endpoint, id })
  return { ClosedSessionId: id }
}

/** `ID; Expires=yyyy-mm-ddThh:mm:ssZ`; `expires` is in milliseconds. Undefined for anything else. */
export function readNewSession(text: string): { id: string; expires: number; text: string } | undefined {
  const [, id, time] = (text.length <= mostLength && told.exec(text)) || []
  const expires = Date.parse(time ?? '')
  if (id === undefined || Number.isNaN(expires)) return undefined
  return { id, expires, text: `${id}; Expires=${time}` }
}
