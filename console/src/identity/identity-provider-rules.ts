import { linesOf } from '../kit/lines.ts'
import { providerTexts as words } from './identity-provider-texts.ts'

/** What IAM takes (IAM API Reference, CreateOpenIDConnectProvider), said before it is asked. */
const isAudience = (id: string): boolean => /^\S{1,255}$/.test(id)

export const urlRule = (url: string): string | undefined =>
  URL.canParse(url) && /^https:\/\/[^?#]{1,247}$/.test(url) ? undefined : words.urlRule

export const audienceRule = (id: string): string | undefined => (isAudience(id) ? undefined : words.audienceRule)

export function audiencesRule(text: string): string | undefined {
  const ids = linesOf(text)
  return ids.length > 0 && ids.length <= 100 && ids.every(isAudience) ? undefined : words.audiencesRule
}

export function thumbprintsRule(text: string, fewest: number): string | undefined {
  const all = linesOf(text)
  const areRight = all.length >= fewest && all.length <= 5 && all.every(one => /^[\da-f]{40}$/i.test(one))
  return areRight ? undefined : words.thumbprintsRule
}
