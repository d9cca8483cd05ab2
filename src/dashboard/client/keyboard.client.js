// Ctrl K finds pages, ? lists the keys, G and a letter goes. All of it can be switched off, and then stays off.

const OFF = 'shortcuts-off'
const isOff = () => localStorage.getItem(OFF) === 'yes'
const links = [...document.querySelectorAll('#nav > a[href]:not(.close), .tabs a[href]')]

const make = (name, attributes, ...children) => {
  const made = Object.assign(document.createElement(name), attributes)
  made.append(...children)
  return made
}

const openDialog = (dialog) => {
  document.body.append(dialog)
  dialog.addEventListener('close', () => dialog.remove())
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close())
  dialog.showModal()
}

const openPalette = () => {
  if (document.querySelector('dialog[open]')) return
  const input = make('input', { type: 'text', autocomplete: 'off', placeholder: 'Go to…' })
  const list = make('ul', { id: 'palette' })
  const attributes = { role: 'combobox', 'aria-label': 'Go to', 'aria-controls': 'palette', 'aria-expanded': 'true' }
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value)
  list.setAttribute('role', 'listbox')
  list.setAttribute('aria-label', 'Pages')
  let chosen = 0
  const show = () => {
    const wanted = input.value.toLowerCase()
    const fitting = links.filter((link) => link.textContent.toLowerCase().includes(wanted))
    chosen = Math.min(Math.max(chosen, 0), Math.max(fitting.length - 1, 0))
    list.replaceChildren(
      ...fitting.map((link, index) => {
        const name = link.querySelector('span:not(.cnt)')?.textContent ?? link.firstChild.textContent
        const option = make('a', { href: link.href, id: `option-${index}`, tabIndex: -1 }, name)
        if (link.dataset.go) option.append(make('span', { className: 'kbd' }, `G ${link.dataset.go}`))
        option.setAttribute('role', 'option')
        option.setAttribute('aria-selected', String(index === chosen))
        const row = make('li', {}, option)
        row.setAttribute('role', 'presentation')
        return row
      }),
    )
    input.setAttribute('aria-activedescendant', `option-${chosen}`)
    list.children[chosen]?.scrollIntoView({ block: 'nearest' })
  }
  input.addEventListener('input', () => ((chosen = 0), show()))
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') chosen++
    else if (event.key === 'ArrowUp') chosen--
    else if (event.key === 'Enter') return list.querySelector('[aria-selected=true]')?.click()
    else return
    event.preventDefault()
    show()
  })
  const dialog = make('dialog', {}, input, list)
  dialog.setAttribute('aria-label', 'Search pages')
  show()
  openDialog(dialog)
}

const openShortcuts = () => {
  if (document.querySelector('dialog[open]')) return
  const rows = [
    ['Search pages', 'Ctrl K'],
    ['These keys', '?'],
    ...links.filter((link) => link.dataset.go).map((link) => [link.firstChild.textContent, `G ${link.dataset.go}`]),
  ]
  const list = make('dl', { className: 'pad' })
  for (const [what, keys] of rows) {
    list.append(make('dt', {}, what), make('dd', {}, make('span', { className: 'kbd' }, keys)))
  }
  const box = make('input', { type: 'checkbox', checked: !isOff() })
  box.addEventListener('change', () => localStorage.setItem(OFF, box.checked ? 'no' : 'yes'))
  const close = make('button', { className: 'btn', type: 'button' }, 'Close')
  const title = make('h2', { id: 'shortcuts' }, 'Keyboard')
  const foot = make(
    'div',
    { className: 'pad bar' },
    make('label', { className: 'check' }, box, 'Keys without Ctrl are on'),
    make('span', { className: 'grow' }),
    close,
  )
  const dialog = make('dialog', {}, make('div', { className: 'pad' }, title), list, foot)
  dialog.setAttribute('aria-labelledby', 'shortcuts')
  close.addEventListener('click', () => dialog.close())
  openDialog(dialog)
}

const isTyping = ({ target }) => target.closest('input, textarea, select, [contenteditable], dialog') !== null

let going = 0
if (document.body.dataset.signedIn !== undefined) {
  for (const [name, open] of [
    ['[data-palette]', openPalette],
    ['[data-shortcuts]', openShortcuts],
  ]) {
    const button = document.querySelector(name)
    button.hidden = false
    button.addEventListener('click', open)
  }
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      openPalette()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isOff() || isTyping(event)) return
    if (event.key === '?') openShortcuts()
    else if (event.key.toLowerCase() === 'g') going = Date.now()
    else if (Date.now() - going < 1_500) {
      going = 0
      links.find((link) => link.dataset.go === event.key.toUpperCase())?.click()
    }
  })
}
