import Icon from '@cloudscape-design/components/icon'
import { useState } from 'react'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** The path of a picture that this server keeps, however the seller named the server; nothing is loaded from elsewhere. */
function ownPath(url: string): string | undefined {
  const { location } = window
  if (!URL.canParse(url)) return undefined
  const { hostname, port, pathname, search } = new URL(url)
  const isHere = hostname === location.hostname || (loopback.has(hostname) && loopback.has(location.hostname))
  return isHere && port === location.port ? pathname + search : undefined
}

/** Decoration: the title stands beside it. */
export function ProductLogo({ url }: { readonly url: string }) {
  const path = ownPath(url)
  const [isGone, setGone] = useState(false)
  return path === undefined || isGone ? (
    <Icon name="gen-ai" size="large" />
  ) : (
    <img className="product-logo" src={path} alt="" loading="lazy" onError={() => setGone(true)} />
  )
}
