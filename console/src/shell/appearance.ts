import { applyDensity, applyMode, Density, Mode } from '@cloudscape-design/global-styles'

export type VisualMode = 'light' | 'dark' | 'browser'
export type DensityChoice = 'comfortable' | 'compact'

const prefersDark = window.matchMedia('(prefers-color-scheme: dark)')

export const visualMode = (): VisualMode => {
  const kept = window.localStorage.getItem('visual-mode')
  return kept === 'light' || kept === 'dark' ? kept : 'browser'
}
export const density = (): DensityChoice =>
  window.localStorage.getItem('density') === 'compact' ? 'compact' : 'comfortable'

/** Before the first render, so that nothing flashes; again when a choice or the system changes. */
export function applyAppearance(): void {
  const mode = visualMode()
  const isDark = mode === 'dark' || (mode === 'browser' && prefersDark.matches)
  applyMode(isDark ? Mode.Dark : Mode.Light)
  applyDensity(density() === 'compact' ? Density.Compact : Density.Comfortable)
}
prefersDark.addEventListener('change', applyAppearance)

export function choose(name: 'visual-mode' | 'density', value: string): void {
  window.localStorage.setItem(name, value)
  applyAppearance()
}
