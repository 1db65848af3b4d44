// What goes wrong, in words for people. Nothing else in this folder words an error.

const refusals = {
  unreachable: 'The server cannot be reached. Check your network, then try again.',
  unauthorized: "The room's password is not right. Type it again, or ask for it.",
  'password-needed': 'This room has a password. Type it, or ask for it.',
  'bad-room': 'The server does not allow this room name. Use letters, digits and dashes.',
  'room-full': 'The room is full. Try again when somebody has left.',
  'room-locked': 'The room is locked. Ask somebody inside to open it.',
  'rate-limited': 'The server received too many messages from here. Wait a minute and try again.',
  'protocol-version': 'This page is older or newer than the server. Load it again.',
  kicked: 'You were removed from the room.',
  replaced: 'You joined this room from another place, so you left it here.',
}

// refusal words an error code of the server's.
export const refusal = code => refusals[code] ?? 'The server did not understand this page. Load it again.'

export const brokenInvitation = 'This invitation is not whole. Copy it again, from its first letter to its last.'
export const unsealable = 'The browser seals calls on pages of https:// only. Ask for an invitation that begins so.'

// stranger words why somebody in the room cannot be understood; name may be empty.
export const stranger = (why, name) => ({
  sealed: 'This call is for those with its invitation. Ask somebody inside for it, and open its address.',
  unsealed: `${name || 'Somebody'} came without the invitation, so you neither see nor hear each other. Send it to them if they belong here.`,
  'other-key': `${name || 'Somebody'} has another invitation, so you neither see nor hear each other. Use the same one, and join again.`,
  tampered: `Somebody changed on the way what ${name || 'somebody'} sent, and it was refused. Do not trust the server.`,
})[why]

const devices = {
  both: {
    NotAllowedError: 'The browser may not use camera and microphone. Allow them beside the address, then switch them on, or join without.',
  },
  camera: {
    NotAllowedError: 'The browser may not use the camera. Allow it beside the address, then try again.',
    NotFoundError: 'No camera was found. You can join without one.',
    NotReadableError: 'The camera is used by another program. Close it there, or choose another one.',
  },
  microphone: {
    NotAllowedError: 'The browser may not use the microphone. Allow it beside the address, then try again.',
    NotFoundError: 'No microphone was found. You can join and listen.',
    NotReadableError: 'The microphone is used by another program. Close it there, or choose another one.',
  },
  screen: {
    NotAllowedError: 'Nothing is shared: no screen was chosen, or the browser may not show it.',
    NotFoundError: 'There is no screen to share.',
    NotReadableError: 'The system does not let the browser see the screen. Allow it in its settings.',
  },
}
const alike = {
  OverconstrainedError: 'NotFoundError', SecurityError: 'NotAllowedError',
  AbortError: 'NotReadableError', TrackStartError: 'NotReadableError', InvalidStateError: 'NotAllowedError',
}

export const insecure = 'Browsers give camera and microphone only to pages with https, or on this very computer. ' +
  'You can join and watch, listen and write.'

// deviceTrouble words what opening a camera, a microphone or a screen ended with.
export function deviceTrouble(kind, error) {
  if (error.name === 'Insecure') return insecure
  const name = alike[error.name] ?? error.name
  return devices[kind][name] ?? `The ${kind} does not work (${error.name}).`
}

// What is said when a device is unplugged, or taken back by the user.
export const cameraGone = 'The camera is gone: it was unplugged, or is allowed no more. Switch it on again, or another one.'
export const microphoneChanged = name => `The microphone was unplugged. Another one is used now: ${name}.`

export const noWebRTC = 'This browser cannot hold calls (it has no WebRTC). Use a newer one, or Confab itself.'
export const noName = 'Type your name, so that the others know who you are.'
export const noRoom = 'Type the name of a room.'
export const left = 'You left the call.'
export const tooLong = 'This is too long for one message. Send it in parts.'
export const notSent = 'Nobody is connected yet, so nobody would read this. Try again in a moment.'

// pathTrouble words the state of a connection to somebody; empty when all is well.
export function pathTrouble(name, state) {
  switch (state) {
    case 'connecting': return [`Connecting to ${name}`, '']
    case 'reconnecting': return [`Reconnecting to ${name}`, 'The path was lost. Trying again.']
    case 'failed': return [`No connection to ${name}`, 'A firewall may be in between. Trying again.']
    case 'changed': return [`Connection to ${name} ended`, 'Their certificate changed within the call: somebody may be in between.']
  }
  return ['', '']
}
