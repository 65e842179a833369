import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ip = async (...words: string[]) => (await run('ip', words)).stdout

/** IPv4 addresses of a node: a link to the machine, its Pods' own half, and the API as Pods know it. */
export interface Addresses {
  /** The name of the machine's end of the link. */
  readonly link: string
  /** The machine, as the node and its Pods reach it. */
  readonly machine: string
  readonly node: string
  /** In CIDR notation. */
  readonly pods: string
  /** Of the API, which every Pod is told in KUBERNETES_SERVICE_HOST. */
  readonly service: string
}

/** A network of this machine alone that nothing here has a route to yet (out of RFC 6598's, which no network outside has). */
export async function freeAddresses(): Promise<Addresses> {
  const routes = await ip('-4', 'route', 'show')
  const taken = (index: number) => routes.includes(`100.127.${index}.`)
  const index = Array.from({ length: 256 }, (_, each) => (each + process.pid) % 256).find(each => !taken(each))
  if (index === undefined) throw new Error('All the networks that nodes of tests may have are taken on this machine')
  const net = `100.127.${index}`
  return {
    ...{ link: `mmnode${index}`, machine: `${net}.1`, node: `${net}.2` },
    ...{ pods: `${net}.128/25`, service: '10.96.0.1' },
  }
}

/** Joins the machine and the network namespace of a process; the link goes with that namespace. */
export async function joinNetworks({ link, machine, node, pods }: Addresses, process: number): Promise<void> {
  await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${process}`)
  await ip('address', 'add', `${machine}/30`, 'dev', link)
  await ip('link', 'set', link, 'up')
  await ip('route', 'add', pods, 'via', node)
}
