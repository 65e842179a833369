import { ping } from '../workload/health-check.ts'
import type { Check } from './certify-checks.ts'
import { servingContainer } from './certify-container.ts'
import type { Session } from './certify-session.ts'

/**
 * Looks at the transform job that runs under a name, and stops it when its container has not answered `/ping` within the session's
 * `startupSeconds`: a seller need not wait the eight minutes that a job would. Undefined while nothing is wrong.
 */
export async function silence(session: Session, NameContains: string): Promise<Check | undefined> {
  const { sagemaker, engine, startupSeconds } = session
  const { TransformJobSummaries = [] } = await sagemaker.listTransformJobs({ NameContains, StatusEquals: 'InProgress' })
  const [job] = TransformJobSummaries
  const container = job && (await servingContainer(engine, job.TransformJobArn as string))
  if (!container || Date.now() - container.startedAt.getTime() < startupSeconds * 1000) return undefined
  const { healthy, outcome } = await ping(container.address)
  if (healthy) return undefined
  await sagemaker.stopTransformJob({ TransformJobName: job.TransformJobName })
  const detail = `GET /ping on port 8080 did not answer 200 within ${startupSeconds} s of the start; at last: ${outcome}`
  return { what: '/ping', good: false, detail }
}
