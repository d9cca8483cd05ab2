// Sources that are being read show how far they are; when one is done the page is loaded again.

const EVERY = 1_500
const GIVE_UP = 8

const follow = async (place) => {
  const [agent, source] = place.dataset.source.split('/')
  const words = place.querySelector('[data-progress]')
  const bar = place.querySelector('progress')
  for (let failures = 0; failures < GIVE_UP;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY))
    if (document.hidden) continue
    try {
      const response = await fetch(`/api/agents/${agent}/knowledge/sources/${source}`)
      if (!response.ok) throw new Error(String(response.status))
      const { state, progress } = await response.json()
      failures = 0
      const total = Math.max(progress.total, 1)
      words.textContent = `${progress.done.toLocaleString('en')} of ${total.toLocaleString('en')}`
      bar.max = total
      bar.value = progress.done
      if (state !== 'running') return reloadUnlessTyping()
    } catch {
      failures++
    }
  }
}

/** Somebody who is typing loses nothing: the page stays as it is. */
const reloadUnlessTyping = () => {
  const typed = [...document.querySelectorAll('input, textarea')].some((field) => field.value !== field.defaultValue)
  if (!typed) location.reload()
}

for (const place of document.querySelectorAll('[data-source]')) void follow(place)
