import { useSyncExternalStore } from 'react'

type Listener = () => void
const listeners = new Set<Listener>()
const tell = () => {
  for (const listener of listeners) listener()
}
window.addEventListener('popstate', tell)

const subscribe = (listener: Listener) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Whether the page may be left: a form with unsaved work asks. */
let mayLeave: () => boolean = () => true

/** Asks before somebody leaves the page, until it is disposed. */
export function guardLeaving(ask: () => boolean): () => void {
  mayLeave = ask
  const unload = (event: BeforeUnloadEvent) => event.preventDefault()
  window.addEventListener('beforeunload', unload)
  return () => {
    mayLeave = () => true
    window.removeEventListener('beforeunload', unload)
  }
}

/** Goes to a path of the console; the region stays. */
export function navigate(to: string, { replace = false } = {}): void {
  const url = new URL(to, window.location.href)
  const region = new URLSearchParams(window.location.search).get('region')
  if (region !== null && !url.searchParams.has('region')) url.searchParams.set('region', region)
  if (url.pathname !== window.location.pathname && !mayLeave()) return
  if (replace) window.history.replaceState(null, '', url)
  else window.history.pushState(null, '', url)
  if (!replace) window.scrollTo(0, 0)
  tell()
}

export const usePathname = (): string => useSyncExternalStore(subscribe, () => window.location.pathname)
const useSearch = (): string => useSyncExternalStore(subscribe, () => window.location.search)

/**
 * A part of the address that says what is shown, such as a filter or a tab: shared with the link, and not there when it is the default. What
 * is not allowed is the default.
 */
export function useUrlState(
  key: string,
  fallback: string,
  isAllowed: (value: string) => boolean = () => true,
): [string, (value: string) => void] {
  const given = new URLSearchParams(useSearch()).get(key)
  const value = given !== null && isAllowed(given) ? given : fallback
  return [value, next => setUrlState(key, next, fallback)]
}

function setUrlState(key: string, value: string, fallback: string): void {
  const url = new URL(window.location.href)
  if (value === fallback) url.searchParams.delete(key)
  else url.searchParams.set(key, value)
  navigate(url.pathname + url.search, { replace: true })
}
