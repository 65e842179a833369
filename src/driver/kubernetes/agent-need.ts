/** After the last question of a server that has everything: one that has broken off while it read comes again within it. */
const LINGER_MS = 20_000

/**
 * Until when an agent is needed: until it is released, or what its program has printed and written has been fetched and nobody has asked
 * anything for a while; never before the program has ended. Then `end` is called, once.
 */
export const createAgentNeed = (end: () => void, lingerMs = LINGER_MS) => {
  const done = new Set<'ended' | 'collected' | 'read' | 'released'>()
  let timer: NodeJS.Timeout | undefined
  let answering = 0
  let over = false
  const finish = () => {
    if (over) return
    over = true
    // Whoever is being answered hears it.
    setImmediate(end)
  }
  const look = () => {
    clearTimeout(timer)
    if (!done.has('ended')) return
    if (done.has('released')) return finish()
    if (answering === 0 && done.has('collected') && done.has('read')) timer = setTimeout(finish, lingerMs)
  }
  const note = (what: 'ended' | 'collected' | 'read' | 'released') => () => {
    done.add(what)
    look()
  }
  return {
    ended: note('ended'),
    /** Its files are back. */
    collected: note('collected'),
    /** Its output was read to the end, or nobody waits for who would. */
    read: note('read'),
    released: note('released'),
    /** Anything; what is returned is called when it has been answered, once. */
    asked: () => {
      answering += 1
      look()
      return () => {
        answering -= 1
        look()
      }
    },
  }
}
