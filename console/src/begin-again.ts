/**
 * A browser asks once for what a page begins with, and ends what is under way whenever a network of the machine comes or goes; a server may
 * begin anew between a page and its scripts. So a page that has lost a script or its style is loaded again as soon as the server answers.
 */
{
  const key = 'modelmart-loads'
  const mostLoads = 5
  const mostAsks = 60
  const pauseMs = 500
  const pause = () => new Promise(resolve => setTimeout(resolve, pauseMs))
  let isLost = false

  const answers = async (): Promise<boolean> => {
    for (let ask = 0; ask < mostAsks; ask++) {
      await pause()
      const answer = await fetch(window.location.pathname, { method: 'HEAD', cache: 'no-store' }).catch(() => undefined)
      if (answer?.ok) return true
    }
    return false
  }

  const look = async (): Promise<void> => {
    const loads = Number(window.sessionStorage.getItem(key)) + 1
    window.sessionStorage.removeItem(key)
    if (!isLost) return
    if (loads < mostLoads && (await answers())) {
      window.sessionStorage.setItem(key, String(loads))
      return window.location.reload()
    }
    document.getElementById('not-begun')?.removeAttribute('hidden')
  }

  // The page holds this script twice.
  if (!('looks' in document.documentElement.dataset)) {
    document.documentElement.dataset.looks = ''
    const note = ({ target }: Event) => {
      isLost ||=
        target instanceof HTMLScriptElement || (target instanceof HTMLLinkElement && target.rel === 'stylesheet')
    }
    window.addEventListener('error', note, true)
    window.addEventListener('load', () => void look())
  }
}
