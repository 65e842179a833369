import { appendFileSync } from 'node:fs'

const officialClient = /^(aws-sdk-|aws-cli\/|Boto3\/|Botocore\/)/i

/** Told of each call that was answered with success. */
export type NoteSuccess = (service: string, operation: string, userAgent: string) => void

/**
 * Notes into a file, a line each, `SageMaker CreateModel`, the operations that an official client has called with success. Servers of one
 * test run share the file.
 */
export function createCallLedger(path: string): NoteSuccess {
  const noted = new Set<string>()
  return (service, operation, userAgent) => {
    const line = `${service}\t${operation}\n`
    if (noted.has(line) || !officialClient.test(userAgent)) return
    noted.add(line)
    appendFileSync(path, line)
  }
}
