// Confab's icons, drawn with the text's colour.

const drawings = {
  mic: '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0"/><path d="M12 18v3"/>',
  'mic-off': '<path d="M9 9.5V6a3 3 0 0 1 6 0v5a3 3 0 0 1-.4 1.5"/><path d="M9 11a3 3 0 0 0 3 3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 10.5 5.1"/><path d="M18.5 11.5a6.5 6.5 0 0 1-.7 2.9"/><path d="M12 18v3"/><path d="M4 3.5l16 17"/>',
  camera: '<rect x="3" y="6.5" width="12" height="11" rx="1.5"/><path d="M15 10.6l6-3.4v9.6l-6-3.4z"/>',
  'camera-off': '<path d="M8.5 6.5h5a1.5 1.5 0 0 1 1.5 1.5v5.5"/><path d="M15 17a1.5 1.5 0 0 1-1.5.5h-9A1.5 1.5 0 0 1 3 16V8a1.5 1.5 0 0 1 1.5-1.5"/><path d="M15 10.6l6-3.4v9.6l-4-2.3"/><path d="M4 3.5l16 17"/>',
  share: '<rect x="3" y="4.5" width="18" height="12.5" rx="1"/><path d="M9 20.5h6"/><path d="M12 14V8"/><path d="M9.3 10.5L12 7.8l2.7 2.7"/>',
  'stop-share': '<rect x="3" y="4.5" width="18" height="12.5" rx="1"/><path d="M9 20.5h6"/><path d="M9.5 8.25l5 5"/><path d="M14.5 8.25l-5 5"/>',
  chat: '<path d="M4 4.5h16v12H9l-5 4z"/>',
  leave: '<path d="M2.8 14.7c-.4-1.2-.2-2.5.7-3.3 4.7-4.2 12.3-4.2 17 0 .9.8 1.1 2.1.7 3.3l-.3.8a1 1 0 0 1-1.3.6l-3.2-1.2a1 1 0 0 1-.6-1.1l.3-1.9a12.5 12.5 0 0 0-8.2 0l.3 1.9a1 1 0 0 1-.6 1.1l-3.2 1.2a1 1 0 0 1-1.3-.6z"/>',
  devices: '<path d="M4 7h8"/><path d="M17 7h3"/><circle cx="14.5" cy="7" r="2.5"/><path d="M4 17h3"/><path d="M12 17h8"/><circle cx="9.5" cy="17" r="2.5"/>',
  send: '<path d="M4 12l16-7.5-5 15.5-3.5-6z"/><path d="M11.5 14L20 4.5"/>',
  close: '<path d="M6 6l12 12"/><path d="M18 6L6 18"/>',
}

// icon makes the drawing of a name.
export function icon(name) {
  const holder = document.createElement('template')
  holder.innerHTML = `<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${drawings[name]}</svg>`
  return holder.content.firstChild
}

// label puts an icon and a word into a button; hint says more to who points at it or hears it.
export function label(button, name, word, hint = word) {
  if (button.dataset.icon === name && button.title === hint) return
  button.dataset.icon = name
  button.title = hint
  button.setAttribute('aria-label', hint)
  const text = document.createElement('span')
  text.textContent = word
  button.replaceChildren(icon(name), text)
}
