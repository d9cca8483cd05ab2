// Copying, asking before something is destroyed, and times that stay true. Every page works without this.

const copyText = async (button, text) => {
  const before = button.innerHTML === '' ? '' : button.firstChild.textContent
  try {
    await navigator.clipboard.writeText(text)
    button.firstChild.textContent = 'Copied'
  } catch {
    button.firstChild.textContent = 'Press Ctrl C'
  }
  setTimeout(() => (button.firstChild.textContent = before), 1_500)
}

for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = false
  button.addEventListener('click', () => {
    void copyText(button, document.getElementById(button.dataset.copy).textContent.trim())
  })
}

for (const id of document.querySelectorAll('span[data-id]')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = id.className
  button.textContent = id.textContent
  button.title = `Copy ${id.dataset.id}`
  button.addEventListener('click', () => void copyText(button, id.dataset.id))
  id.replaceWith(button)
}

document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) {
    event.preventDefault()
    return
  }
  // A second press while the first is under way would do the same again.
  if (form.method === 'post' && form.dataset.sent) event.preventDefault()
  else if (!event.defaultPrevented && form.method === 'post') form.dataset.sent = 'true'
})
// Back from the next page: the form is as it was, and may be sent again.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
]
const refreshTimes = () => {
  for (const time of document.querySelectorAll('time[data-ago]')) {
    const seconds = Math.round((Date.now() - Date.parse(time.dateTime)) / 1_000)
    const distance = Math.abs(seconds)
    if (distance > 30 * 86_400) continue
    const unit = UNITS.find(([, length]) => distance >= length)
    const round = seconds < 0 ? Math.ceil : Math.floor
    const text = unit ? `${round(distance / unit[1])} ${unit[0]}` : undefined
    if (seconds < 0) time.textContent = text ? `in ${text}` : 'in a moment'
    else time.textContent = text ? `${text} ago` : 'just now'
  }
}
setInterval(refreshTimes, 20_000)
