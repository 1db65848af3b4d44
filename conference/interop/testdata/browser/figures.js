// What a page knows of a connection; null: there is none.
'use strict'

async function figuresOf(connection) {
  if (!connection) return null
  const all = [...(await connection.getStats()).values()]
  const received = kind => all.find(s => s.type === 'inbound-rtp' && s.kind === kind) ?? {}
  const fragment = description => /a=ice-ufrag:(\S+)/.exec(description?.sdp ?? '')?.[1] ?? ''
  return {
    state: connection.connectionState,
    frames: received('video').framesDecoded ?? 0,
    energy: received('audio').totalAudioEnergy ?? 0,
    theirs: fragment(connection.remoteDescription), // ICE credentials
    ours: fragment(connection.localDescription),
  }
}
