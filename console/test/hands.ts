import type { Locator, Page } from 'playwright-core'

/** What a person does on a page: finds by role and label, fills in, presses. */
export interface Hands {
  field(name: string | RegExp): Locator
  button(name: string | RegExp): Locator
  link(name: string | RegExp): Locator
  heading(name: string | RegExp): Locator
  dialog(): Locator
  /** Waits until the words stand on the page. */
  reads(words: string | RegExp): Promise<void>
  fill(values: Readonly<Record<string, string>>): Promise<void>
  press(name: string | RegExp): Promise<void>
  /** Presses a button of the dialog that is open. */
  submit(name: string): Promise<void>
  /** Takes one of a drop-down, or one more of several. */
  choose(label: string, option: string | RegExp): Promise<void>
  /** Answers a question of yes and no. */
  answer(question: string, yesNo: string): Promise<void>
  /** Follows links of the page or of its menu. */
  follow(name: string | RegExp): Promise<void>
  /** Makes a role from the form, by its dialog. */
  newRole(): Promise<void>
}

export function handsOn(page: Page): Hands {
  const field = (name: string | RegExp) => page.getByLabel(name, { exact: true })
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
  const dialog = () => page.getByRole('dialog')
  const reads = (words: string | RegExp) => page.getByText(words).first().waitFor()
  const submit = (name: string) => dialog().getByRole('button', { name, exact: true }).click()
  return {
    ...{ field, button, dialog, reads, submit },
    link: name => page.locator('main').getByRole('link', { name, exact: true }),
    heading: name => page.getByRole('heading', { name, exact: true }),
    async fill(values) {
      for (const [name, value] of Object.entries(values)) await field(name).fill(value)
    },
    press: name => button(name).first().click(),
    async choose(label, option) {
      await page.getByRole('button', { name: new RegExp(`^${label}`) }).click()
      await page.getByRole('option', { name: option }).first().click()
      await page.keyboard.press('Escape')
    },
    answer: (question, yesNo) =>
      page.getByRole('radiogroup', { name: question }).getByLabel(yesNo, { exact: true }).check(),
    follow: name => page.getByRole('link', { name, exact: true }).first().click(),
    async newRole() {
      await button('Create a new role').first().click()
      await submit('Create role')
      await reads('Success! You created an IAM role.')
      await dialog().waitFor({ state: 'detached' })
    },
  }
}
