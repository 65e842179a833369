import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureHelm } from '../../setup/kubernetes.mjs'

const run = promisify(execFile)
const chart = new URL('../../deploy/helm/modelmart', import.meta.url).pathname

/** An object of Kubernetes, as a chart renders it. */
export interface Rendered {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>>
  readonly [member: string]: unknown
}

/** Undefined where there is neither Helm nor Go. */
export async function openHelm() {
  const program: string | undefined = await ensureHelm()
  if (program === undefined) return undefined
  /** Helm with the chart where it wants one, and values as JSON. Resolves with what it writes, rejects with what it says. */
  const helm = async (words: readonly string[], values?: object): Promise<string> => {
    const running = run(program, values ? [...words, '--values=-'] : [...words], { maxBuffer: 16 << 20 })
    running.child.stdin?.end(values && JSON.stringify(values))
    return (await running).stdout
  }
  return {
    helm,
    chart,
    lint: (values: object) => helm(['lint', '--strict', chart], values),
    async render(values: object): Promise<readonly Rendered[]> {
      const words = ['template', 'shop', chart, '--kube-version=1.34.4', '--namespace=modelmart-chart']
      const text = await helm(words, values)
      return parseAllDocuments(text)
        .map(document => document.toJS() as Rendered | null)
        .filter(object => object !== null)
    },
  }
}
