// The test chat as a stream, and "Run it here" without leaving the page. Text goes in as text, never as markup.

const element = (name, style, text) => {
  const made = document.createElement(name)
  if (style) made.className = style
  if (text !== undefined) made.textContent = text
  return made
}

const post = (agent, body, signal) =>
  fetch(`/api/agents/${agent}/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  })

const troubleOf = async (response) => {
  if (response.status === 401) return 'Your session has ended. Sign in again.'
  const { error } = await response.json().catch(() => ({}))
  return `${error?.message ?? 'Something went wrong on our side.'} (${response.status}, ${response.headers.get('x-request-id')})`
}

/** The frames of an NDJSON body as they come. */
async function* framesOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let rest = ''; ;) {
    const { value, done } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop()
    for (const line of lines) if (line) yield JSON.parse(line)
  }
}

// --- Test chat

const chat = document.querySelector('form[data-chat]')

const facts = (pairs) => {
  const list = element('dl')
  for (const [name, value] of pairs) list.append(element('dt', '', name), element('dd', '', value))
  return list
}

const ACTIONS = { refuse: 'said so', ask_back: 'asked back', handoff: 'handed off' }

const inspect = ({ citations, usage, ttft, total, requestId, retrieval, sources, grounding, action }) => {
  const place = document.querySelector('[data-inspector]')
  const body = element('div', 'stack tight')
  body.append(
    facts([
      ['First token', `${Math.round(ttft)} ms`],
      ['Whole answer', `${Math.round(total)} ms`],
      ...(retrieval ? [['Retrieval', retrieval]] : []),
      ['Sources given', String(sources)],
      ['Tokens in', usage.inputTokens.toLocaleString('en')],
      ['Tokens out', usage.outputTokens.toLocaleString('en')],
      ['Quotes', String(citations.length)],
      ['Verified letter by letter', String(citations.filter(({ verified }) => verified).length)],
      ...(grounding ? [['Sentences supported', `${grounding.supported} of ${grounding.claims}`]] : []),
      ...(action ? [['Instead of an answer', ACTIONS[action.action]]] : []),
    ]),
    element('p', 'id', requestId),
  )
  for (const { n, title, quote } of citations) {
    const line = element('p', 'small')
    line.append(element('span', 'muted', `${n} ${title}: `), quote)
    body.append(line)
  }
  place.replaceChildren(body)
}

const cite = (answer, agent, citations) => {
  const cited = new Map(citations.map((citation) => [citation.n, citation]))
  if (cited.size === 0) return
  const line = element('div', 'meta')
  for (const { n, title, sourceId, quote } of cited.values()) {
    const link = element('a', 'src', `${n} ${title}`)
    link.href = `/agents/${agent}/knowledge/documents/${sourceId}`
    link.title = quote
    line.append(link)
  }
  answer.append(line)
}

const converse = async (form, question) => {
  const agent = form.dataset.chat
  const thread = document.querySelector('[data-thread]')
  const said = document.querySelector('[data-said]')
  const asked = element('div', 'u')
  asked.append(element('span', 'vh', 'You said: '), question)
  const answer = element('div', 'a')
  const text = element('p', 'text muted', '…')
  answer.append(text)
  thread.append(asked, answer)
  asked.scrollIntoView({ block: 'nearest' })
  said.textContent = 'The agent is answering.'
  const started = performance.now()
  const seen = { citations: [], sources: 0, ttft: 0, usage: { inputTokens: 0, outputTokens: 0 } }
  const conversationId = form.elements.conversation.value
  const body = {
    messages: [{ role: 'user', content: question }],
    stream: true,
    ...(conversationId && { conversationId }),
  }
  const response = await post(agent, body)
  if (!response.ok) throw new Error(await troubleOf(response))
  const timing = /retrieve;dur=([\d.]+)/.exec(response.headers.get('server-timing') ?? '')
  seen.retrieval = timing ? `${Math.round(Number(timing[1]))} ms` : undefined
  for await (const frame of framesOf(response)) {
    if (frame.type === 'start') {
      seen.requestId = frame.messageMetadata.correlationId
      form.elements.conversation.value = frame.messageMetadata.conversationId
      history.replaceState(null, '', `?c=${frame.messageMetadata.conversationId}`)
    } else if (frame.type.startsWith('source-')) seen.sources++
    else if (frame.type === 'text-delta') {
      if (!seen.ttft) {
        seen.ttft = performance.now() - started
        text.className = 'text'
        text.textContent = ''
      }
      text.append(frame.delta)
    } else if (frame.type === 'data-citations') seen.citations = frame.data
    else if (frame.type === 'data-grounding') seen.grounding = frame.data
    else if (frame.type === 'data-action') seen.action = frame.data
    else if (frame.type === 'error')
      answer.append(element('p', 'wrong', `${frame.errorText} (${frame.code}, ${frame.correlationId})`))
    else if (frame.type === 'finish') seen.usage = frame.messageMetadata.usage
  }
  text.normalize()
  cite(answer, agent, seen.citations)
  inspect({ ...seen, total: performance.now() - started })
  said.textContent = text.textContent.slice(0, 1_200)
}

if (chat) {
  const box = chat.elements.question
  const button = chat.querySelector('button')
  const send = async () => {
    const question = box.value.trim()
    if (!question || button.disabled) return
    button.disabled = true
    box.value = ''
    document.querySelector('[data-greeting]')?.remove()
    try {
      await converse(chat, question)
    } catch (error) {
      document.querySelector('[data-thread] .a:last-child')?.replaceChildren(element('p', 'wrong', error.message))
      document.querySelector('[data-said]').textContent = error.message
      box.value = question
    }
    button.disabled = false
    box.focus()
  }
  chat.addEventListener('submit', (event) => {
    event.preventDefault()
    event.stopPropagation()
    void send()
  })
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    void send()
  })
  chat.querySelector('[data-enter]').hidden = false
  for (const place of document.querySelectorAll('[data-suggestion]')) {
    const ask = element('button', 'btn s', place.textContent)
    ask.type = 'button'
    ask.addEventListener('click', () => {
      box.value = place.dataset.suggestion
      box.focus()
    })
    place.replaceChildren(ask)
  }
}

// --- Run it here

for (const form of document.querySelectorAll('form[data-run]')) {
  const place = form.parentElement.querySelector('[data-run-result]')
  const runHere = async () => {
    const button = form.querySelector('button')
    const content = form.elements.question.value.trim()
    if (!content || button.disabled) return
    button.disabled = true
    const started = performance.now()
    try {
      const response = await post(form.dataset.run, { messages: [{ role: 'user', content }], stream: false })
      const trouble = response.ok ? undefined : await troubleOf(response)
      const answer = trouble ?? (await response.json()).content
      const line = element('p', 'bar small muted')
      const when = element('span', '', `in ${Math.round(performance.now() - started)} ms · `)
      when.append(element('span', 'id', response.headers.get('x-request-id')))
      line.append(element('span', `pill ${response.ok ? 'ok' : 'err'}`, String(response.status)), when)
      place.replaceChildren(line, element('p', 'answer', answer))
    } catch {
      place.replaceChildren(element('p', 'wrong', 'The network did not answer. Try again.'))
    }
    button.disabled = false
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    event.stopPropagation()
    void runHere()
  })
}
