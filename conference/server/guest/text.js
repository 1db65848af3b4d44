// Text that came from somebody else, made fit to be shown.

const hidden = /[\p{Cc}\p{Bidi_Control}\uFEFF]/gu
const hiddenButLines = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\uFEFF]/gu

export const maxName = 64 // bytes
export const maxChat = 4000 // bytes

// cleanName gives one line of at most 64 bytes.
export function cleanName(name) {
  if (typeof name !== 'string') return ''
  return cut(name.slice(0, 200).replace(/\s/g, ' ').replace(hidden, '').trim(), maxName)
}

// cleanChat gives text of 1 to 4000 bytes, or nothing.
export function cleanChat(text) {
  if (typeof text !== 'string' || text.length > maxChat) return ''
  const clean = text.replace(hiddenButLines, '').trim()
  return bytes(clean) > maxChat ? '' : clean
}

const bytes = text => new TextEncoder().encode(text).length

function cut(text, most) {
  let letters = [...text]
  while (bytes(letters.join('')) > most) letters = letters.slice(0, -1)
  return letters.join('')
}
