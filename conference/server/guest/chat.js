// The chat beside the tiles. What others write is shown as text, never as anything else.
import {label} from './icons.js'
import {notSent, tooLong} from './sentences.js'
import {cleanChat} from './text.js'
import {make} from './tile.js'

const kept = 500 // messages

export class Chat {
  // button opens the panel; say(text) sends and gives how many were told; unread(n) tells how many were not seen.
  constructor(panel, button, say, unread) {
    this.panel = panel
    this.button = button
    this.list = panel.querySelector('.messages')
    this.field = panel.querySelector('textarea')
    this.note = panel.querySelector('.trouble')
    this.unread = unread
    this.list.replaceChildren()
    this.field.value = ''
    label(panel.querySelector('.close'), 'close', 'Close')
    label(panel.querySelector('.send'), 'send', 'Send')
    panel.querySelector('.close').onclick = () => this.show(false)
    panel.querySelector('form').onsubmit = e => {
      e.preventDefault()
      this.send(say)
    }
    this.field.onkeydown = e => {
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {
        e.preventDefault()
        this.send(say)
      }
    }
    this.waiting = 0
    this.show(false)
  }

  send(say) {
    const text = cleanChat(this.field.value)
    const told = text && say(text)
    this.note.textContent = told || !this.field.value.trim() ? '' : text ? notSent : tooLong
    if (!told) return
    this.field.value = ''
    this.add('You', text, true)
  }

  // add shows a message that was sent or came.
  add(from, text, own = false) {
    const entry = make('div', own ? 'message own' : 'message')
    const head = make('div', 'from')
    const time = make('time')
    time.textContent = new Date().toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'})
    const words = make('p')
    words.textContent = text
    words.dir = 'auto'
    const name = make('bdi') // from right to left, perhaps
    name.textContent = from
    head.append(name, ' ', time)
    entry.append(head, words)
    const reading = this.list.scrollHeight - this.list.clientHeight - this.list.scrollTop > 40 // pixels above the end
    this.list.append(entry)
    while (this.list.childElementCount > kept) this.list.firstChild.remove()
    if (own || !reading) this.list.scrollTop = this.list.scrollHeight
    if (this.panel.hidden) this.unread(++this.waiting)
  }

  // show gives the focus back when it closes.
  show(on) {
    const focused = this.panel.contains(document.activeElement)
    this.panel.hidden = !on
    this.button.setAttribute('aria-expanded', on)
    if (!on && focused) this.button.focus()
    this.waiting = 0
    this.unread(0)
    if (on) {
      this.field.focus()
      this.list.scrollTop = this.list.scrollHeight
    }
  }

  toggle() { this.show(this.panel.hidden) }
}
