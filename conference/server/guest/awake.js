// Keeps a phone's screen on during a call, where the browser can: when it goes dark, the camera does too.
export class Awake {
  constructor() {
    this.look = () => this.keep()
    document.addEventListener('visibilitychange', this.look) // a page that is hidden loses it
    this.keep()
  }

  async keep() {
    if (document.visibilityState !== 'visible') return
    try {
      const lock = await navigator.wakeLock?.request('screen')
      if (this.over) lock?.release()
      this.lock = lock
    } catch { /* the battery is low, or it is not allowed */ }
  }

  close() {
    this.over = true
    document.removeEventListener('visibilitychange', this.look)
    this.lock?.release()
  }
}
