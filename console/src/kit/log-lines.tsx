import { useEffect, useRef, useState } from 'react'

export interface LogLine {
  readonly id: string
  /** Milliseconds. */
  readonly time: number
  readonly stream: string
  readonly text: string
}

const lineHeight = 20
/** Lines above and below what is seen. */
const margin = 20

interface Props {
  readonly lines: readonly LogLine[]
  readonly isFollowing: boolean
  readonly label: string
}

/** A window on many lines: only those that are seen are in the document, whatever number comes a second. */
export function LogLines({ lines, isFollowing, label }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const count = lines.length
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each line that comes
  useEffect(() => {
    const at = box.current
    if (!isFollowing || !at) return
    const frame = requestAnimationFrame(() => {
      at.scrollTop = at.scrollHeight
    })
    return () => cancelAnimationFrame(frame)
  }, [count, isFollowing])
  const height = box.current?.clientHeight ?? 384
  const first = Math.max(0, Math.floor(top / lineHeight) - margin)
  const last = Math.min(count, Math.ceil((top + height) / lineHeight) + margin)
  return (
    <div
      className="log-lines"
      ref={box}
      onScroll={() => setTop(box.current?.scrollTop ?? 0)}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1)
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={label}
    >
      <Room height={count * lineHeight}>
        {lines.slice(first, last).map((line, index) => (
          <Line key={line.id} line={line} at={(first + index) * lineHeight} />
        ))}
      </Room>
    </div>
  )
}

/** Set by script, which the policy allows, and not by a style attribute in markup, which it does not. */
const Room = ({ height, children }: { readonly height: number; readonly children: React.ReactNode }) => (
  <div className="log-lines-room" style={{ blockSize: height }}>
    {children}
  </div>
)

const Line = ({ line, at }: { readonly line: LogLine; readonly at: number }) => (
  <div className="log-line" style={{ insetBlockStart: at }}>
    {new Date(line.time).toISOString().slice(11, 23)} {line.text}
  </div>
)
