// The keys of a call, as in Confab's window: a letter each, which means itself where somebody writes or chooses.

const buttons = {m: 'mute', v: 'camera', s: 'share', c: 'chat-button'}

// pressed does what a key says. closePanel() closes a panel; false: none was open.
export function pressed(e, closePanel) {
  if (e.defaultPrevented || e.isComposing || e.repeat || e.ctrlKey || e.altKey || e.metaKey) return
  if (e.key === 'Escape') {
    if (closePanel()) e.preventDefault()
    return
  }
  const id = buttons[e.key?.toLowerCase()] // a browser that fills in a field tells of none
  if (!id || e.target.closest?.('input, textarea, select')) return
  e.preventDefault()
  document.getElementById(id).click()
}
