import assert from 'node:assert/strict'
import { accessSync } from 'node:fs'
import axe, { type RunOptions } from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core'

/** Debian's, which the tests' set-up installs. */
const executablePath = '/usr/bin/chromium'

/** A browser without a window, for the tests of one file. The shared memory of a container may be small. */
export async function openBrowser(): Promise<Browser> {
  accessSync(executablePath)
  return chromium.launch({
    executablePath,
    args: ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
}

/** Somebody's browser: cookies and storage of their own. Everything that went against the policy, or was thrown, is kept. */
export interface Person {
  readonly context: BrowserContext
  readonly page: Page
  readonly problems: string[]
  newTab(): Promise<Page>
}

export async function openPerson(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Person> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  context.setDefaultTimeout(Number(process.env.PATIENCE ?? 60_000))
  const problems: string[] = []
  context.on('console', message => {
    const { url, lineNumber, columnNumber } = message.location()
    if (/Content Security Policy|Refused to|Warning:/.test(message.text()))
      problems.push(`${message.text()} (${url}:${lineNumber}:${columnNumber})`)
  })
  context.on('weberror', thrown => void problems.push(String(thrown.error())))
  const newTab = () => context.newPage()
  return { context, page: await newTab(), problems, newTab }
}

/** Goes to pages of the console as its own links do: in the document that is there, whose script and helpers are loaded once. */
export function walkerOf(page: Page) {
  const pending = new Set<Request>()
  const over = (request: Request) => void pending.delete(request)
  page.on('request', request => void pending.add(request))
  page.on('requestfinished', over)
  page.on('requestfailed', over)
  /** Until all that the page has asked for is answered, and nothing has been asked in answer to that. */
  const settle = async () => {
    for (let quiet = 0; quiet < 5; quiet = pending.size === 0 ? quiet + 1 : 0)
      await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 30)))
  }
  return {
    async to(path: string): Promise<void> {
      await page.evaluate(to => {
        window.history.pushState(null, '', to)
        window.dispatchEvent(new PopStateEvent('popstate'))
      }, path)
      await settle()
    },
  }
}

const forms = [
  { width: 1280, colorScheme: 'light' },
  { width: 375, colorScheme: 'dark' },
] as const

/** The page as it stands, wide and as a phone has it, light and dark, each once: nothing against WCAG, nothing wider than the screen. */
export async function holdsInTwoForms(page: Page, what: string): Promise<void> {
  for (const { width, colorScheme } of forms) {
    await page.setViewportSize({ width, height: 900 })
    // Colours on their way from one to another would be neither.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.locator(colorScheme === 'dark' ? 'body.awsui-dark-mode' : 'body:not(.awsui-dark-mode)').waitFor()
    await holdsToWcag(page, `${what}, ${colorScheme}, ${width} px`)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    assert.equal(wide, 0, `${what} is wider than ${width} px`)
  }
  await page.setViewportSize({ width: 1280, height: 900 })
}

/** Fails with what WCAG 2.2 AA finds wrong on the page, and with any text that says `undefined`. */
export async function holdsToWcag(page: Page, what: string): Promise<void> {
  // A chart or a panel that just moves has no colours of its own yet.
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))))
  // What stands half below the notices that stay in place is no smaller for it: from the top nothing does.
  await page.evaluate(() => window.scrollTo(0, 0))
  // By the debugger, which no policy of the page binds; once a document.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  // To be looked at: a picture of each page that is held to WCAG.
  const pictures = process.env.MODELMART_PICTURES
  if (pictures) await page.screenshot({ path: `${pictures}/${what.replaceAll(/\W+/g, '-')}.png` })
  const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
  // The styles are of this origin: axe reads them where they stand, and what passes is told nobody.
  const options: RunOptions = { runOnly, resultTypes: ['violations'], preload: false }
  const found = await page.evaluate(
    async given => (await (window as unknown as { axe: typeof axe }).axe.run(document, given)).violations,
    options,
  )
  const told = found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, target }) => `${target} ${html}`).join(' | ')}`,
  )
  assert.deepEqual(told, [], what)
  assert.doesNotMatch(await page.locator('body').innerText(), /\bundefined\b|\[object/, what)
}
