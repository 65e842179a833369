import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { openBrowser, openPerson } from './browser.ts'

/**
 * Takes the README's pictures of the console, of a market that runs with a product in it:
 * `npm run demo -- --keep --data market`, then `node console/test/pictures.ts market`.
 */
const path = (relative: string) => new URL(relative, import.meta.url).pathname
const [data = 'market'] = process.argv.slice(2)
const words = [path('../../bin/modelmart.mjs'), 'console', 'buyer', '--data', data]
const link = (await promisify(execFile)(process.execPath, words)).stdout.trim()
const folder = path('../../docs/images')
await mkdir(folder, { recursive: true })
const browser = await openBrowser()
const { page } = await openPerson(browser, { viewport: { width: 1200, height: 760 } })
await page.goto(link)
await page.getByRole('link', { name: 'AWS Marketplace' }).first().click()
await page.getByRole('heading', { name: /^\d+ products?$/ }).waitFor()
await page.waitForLoadState('networkidle')
await page.screenshot({ path: `${folder}/console-shop.png` })
await page
  .locator('main')
  .getByRole('link', { name: /^Iris Trees/ })
  .click()
await page.getByRole('table', { name: 'Software price by instance type' }).waitFor()
await page.waitForLoadState('networkidle')
await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
await page.locator('body.awsui-dark-mode').waitFor()
await page.screenshot({ path: `${folder}/console-product.png` })
await browser.close()
