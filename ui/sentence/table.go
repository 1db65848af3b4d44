package sentence

import (
	"slices"

	"confab/conference"
	"confab/conference/data"
	"confab/conference/media/audio"
	"confab/conference/media/capture"
	"confab/conference/media/codec"
	"confab/conference/media/codec/opus"
	"confab/conference/media/codec/vp8rtp"
	"confab/conference/media/codec/vpx"
	"confab/conference/media/record"
	"confab/conference/mesh"
	"confab/conference/server/cluster"
	"confab/conference/signaling"
	"confab/conference/signaling/antmedia"
	"confab/conference/signaling/duo"
	"confab/conference/signaling/lan"
	"confab/conference/signaling/lan/beacon"
	"confab/conference/signaling/lan/cpace"
	"confab/conference/signaling/native"
	"confab/conference/signaling/nats"
	"confab/conference/signaling/nats/peerix"
	"confab/conference/signaling/seal"
	"confab/conference/signaling/socket"
	"confab/conference/signaling/socketio"
	"confab/conference/transport"
	"confab/ui/settings"
)

// table is searched from the top: what says more stands above what says less.
var table = slices.Concat(ours, rooms, connections, devices, recordings, insides, general)

// ours are the errors of the front ends.
var ours = []entry{
	{is(settings.ErrBroken), "The settings were damaged, so Confab starts with fresh ones. The damaged file was kept beside them, with the ending .broken."},
	{is(ErrLeftOut), "{Device} was left out when Confab was started. Choose one to use it."},
	{is(ErrNoRoom), "Type the name of the room. Everybody who types the same name meets there."},
	{is(ErrNoServer), "Type the address of the server that brings you together, such as wss://example.org."},
	{is(cluster.ErrName), "The cluster's name has letters that cannot be used. Choose one of up to 64 letters, digits, hyphens and underscores."},
	{is(cluster.ErrUnreachable), "No NATS server can be reached at the cluster's address. Check the address and that the NATS server runs."},
	{is(cluster.ErrGone), "Another server of the cluster has stopped. The others go on in its place."},
	{is(ErrNoDisplay), "There is no display to show a window on. Start Confab on a desktop, or without a window: confab join --headless."},
	{is(ErrRoomOver), "The room was closed."},
	{is(conference.ErrNoName), "Type your name, so that the others know who you are."},
}

// rooms are the errors of joining and of staying in a room.
var rooms = []entry{
	{is(seal.ErrCannot), "Calls through a server of this kind cannot be sealed. Choose another server, or join without an invitation's key."},
	{is(seal.ErrUnsealed), "{Peer} came without the invitation, so you neither see nor hear each other. Send it to them if they belong here."},
	{is(seal.ErrOtherKey), "{Peer} has another invitation, so you neither see nor hear each other. Use the same one, and join again."},
	{is(seal.ErrTampered), "Somebody changed on the way what {peer} sent, and Confab refused it. Do not trust the server."},
	{as[*seal.PeerError], "{Peer} cannot be understood. Join again by the same invitation."},
	{is(signaling.ErrSealed), "This call is for those with its invitation. Ask somebody inside for it, and paste it in place of the room's name."},
	{is(signaling.ErrInvitation), "This invitation is not whole. Copy it again, from its first letter to its last."},
	{is(signaling.ErrURL), "This is not a signaling address. It looks like wss://example.org, ws://192.168.1.5:8443, nats://example.org or lan: alone."},
	{is(signaling.ErrUnknownScheme), "Confab does not know this kind of address. It begins with wss://, ws://, lan:, nats://, antmedia+wss:// or socketio+https://."},
	{is(signaling.ErrUntrusted), "The server's certificate is not trusted, so nobody can tell whether it is the right server. Ask whoever runs it."},
	{as[*socketio.ServerError], "The Socket.IO server refused that. Check the address, and that the server is of this kind."},
	{is(signaling.ErrNotSignaling), "There is a server at this address, but it does not serve Confab calls. Check how the address begins, its port and its path."},
	{is(signaling.ErrBadRoom), "The server does not allow this room name. Use letters, digits and dashes."},
	{is(signaling.ErrRoomFull), "The room is full. Try again when somebody has left."},
	{as[*antmedia.ServerError], "The Ant Media server refused that. Check the application in its address and the stream ID."},
	{is(signaling.ErrVersion), "The server speaks another version of Confab's language. Update Confab, or the server."},
	{is(signaling.ErrUnauthorized), "The room's password is not right. Type it again, or ask for it."},
	{is(signaling.ErrRoomLocked), "The room is locked. Ask somebody inside to open it."},
	{is(signaling.ErrRateLimited), "The server received too many messages from here. Wait a minute and try again."},
	{is(signaling.ErrKicked), "You were removed from the room."},
	{is(signaling.ErrReplaced), "You joined this room from another place, so you left it here."},
	{is(signaling.ErrNoSuchPeer), "This person is no longer in the room."},
	{is(lan.ErrNoNetwork), "This computer is not connected to a network. Connect it, and the call goes on."},
	{is(signaling.ErrInterrupted), "The server is lost for the moment. The call goes on, and Confab tries to reach it again."},
	{is(signaling.ErrTooSlow), "This computer was too busy to follow the call. Close other programs and join again."},
	{is(signaling.ErrLeft), "You have left the room."},
	{is(signaling.ErrSignal), "Somebody sent what Confab does not understand. Make sure that everybody has the newest version."},
	{is(lan.ErrNobody), "Nobody of this room answers at this address. Check it, and that they are still in the call."},
	{is(lan.ErrOtherRoom), "At this address is another room. Check the room's name and the address."},
	{is(nats.ErrPassword), "Rooms on a NATS server have no passwords. Leave the password empty."},
	{is(nats.ErrPlain), "The server does not offer an encrypted connection. Ask whoever runs it, or use an address that begins with nats://."},
	{is(nats.ErrLogin), "The server wants another user name or password. They stand in the address, such as nats://user:password@example.org."},
	{is(nats.ErrForbidden), "The server does not let this user hold calls. Ask whoever runs it."},
	{is(nats.ErrCrowded), "More people are in this room than Confab can call. Some of them are left out."},
	{as[*socket.RefusedError], "The server lets nobody in at the moment. Try again in a while."},
	{as[*socket.ClosedError], "The server closed the connection. Try again in a while."},
	{is(signaling.ErrUnreachable), "The server cannot be reached. Check the address and your network."},
	{is(duo.ErrPassword), "Rooms of this kind of server have no passwords. Leave the password empty."},
	{as[*native.ServerError], "The server refused that. Make sure that Confab and the server have the newest version."},
	{is(conference.ErrLeft), "You have left the room."},
	{is(conference.ErrNoClient), "This person is no longer in the room."},
}

// connections are the errors of the connection to one other person.
var connections = []entry{
	{is(transport.ErrFingerprintChanged), "{Peer} suddenly showed another identity, so the connection was refused. Somebody may be listening; ask them by another way."},
	{is(transport.ErrIdentity), "{Peer} could not prove who they are, so the connection was refused. Join again; if it stays so, somebody may be in between."},
	{is(transport.ErrHandshake), "The secure connection to {peer} could not be set up. Join again."},
	{is(transport.ErrICEServer), "One of the STUN and TURN servers is not written right. It looks like stun:example.org or turn:user:password@example.org:3478."},
	{is(transport.ErrNoPath), "No way through the network to {peer} was found. A firewall may be in between; a relay (TURN) server in the network settings helps."},
	{is(mesh.ErrNotEstablished), "No connection to {peer} could be made. A firewall may be in between; a relay (TURN) server in the network settings helps."},
	{is(mesh.ErrPathLost), "The connection to {peer} was lost and did not come back. It returns by itself when the network does."},
	{is(transport.ErrPeerClosed), "{Peer} closed the connection."},
	{is(data.ErrMessage), misread},
	{is(beacon.ErrPacket), misread},
	{is(beacon.ErrVersion), misread},
	{is(cpace.ErrShare), misread},
	{is(peerix.ErrWire), misread},
	{is(peerix.ErrPlain), misread},
	{is(peerix.ErrSealed), misread},
	{is(peerix.ErrSize), misread},
	{is(peerix.ErrTransfer), misread},
	{is(data.ErrChat), "Type something first. A message has at most 4000 characters, fewer if many of them are not Latin letters."},
	{is(conference.ErrNotReached), "The message did not reach {peer}. There is no connection at the moment, or no chat at the other end."},
	{is(conference.ErrFlooded), "{Peer} sent more than anybody needs, so some of it was left out."},
	{is(mesh.ErrClosed), "The connection to {peer} was closed."},
	{is(transport.ErrClosed), "The connection to {peer} was closed."},
}

// devices are the errors of cameras, microphones, loudspeakers, screens and files.
var devices = []entry{
	{is(capture.ErrBusy), "{Device} is used by another program. Close it there, or choose another one."},
	{is(capture.ErrGone), "{Device} was unplugged. Plug it in again, or choose another one."},
	{as[*capture.RestartError], "{Device} had stopped and was started again. If that happens often, try another cable or port."},
	{is(capture.ErrStalled), "{Device} gives no pictures, even started again. Unplug it and plug it in again, or choose another one."},
	{is(capture.ErrDenied), "The system does not let Confab use {device}. Allow it in the system's privacy settings."},
	{is(capture.ErrNoFile), "The file for {device} does not exist. Check its name."},
	{is(capture.ErrNotFound), "{Device} was not found. Check that it is plugged in, or choose another one."},
	{is(audio.ErrNoDevice), "There is no sound device. Plug in a headset, or check that the system's sound works."},
	{as[*audio.SwitchError], "{Device} has changed."}, // see switched
	{is(capture.ErrUnsupported), "{Device} cannot be used on this system."},
	{is(capture.ErrFormat), "This file is not understood. Pictures come from .y4m files, sound from .wav files."},
	{is(codec.ErrUnavailable), "This build of Confab lacks a part that calls need. Install the official one."},
	{is(codec.ErrSize), "{Device} changed the size of its pictures. Switch it off and on again."},
	{is(codec.ErrTooLarge), "The picture is too large to be sent. Choose a smaller size in the video settings."},
	{is(conference.ErrSourceEnds), "{Device} stopped. Switch it on again."},
}

// recordings are the errors of files that a call is written to.
var recordings = []entry{
	{is(conference.ErrRecordSlow), "The disk is too slow for the recording, so parts of it are missing."},
	{is(record.ErrFull), "The recording has reached the greatest size of its file and goes no further."},
	{is(record.ErrFormat), "The recording is damaged and cannot be read."},
	{is(record.ErrClosed), "The recording has ended."},
}

// insides are errors that say nothing to people but that something inside went wrong; the log says more.
var insides = []entry{
	{is(conference.ErrOpened), again},
	{is(conference.ErrStuck), again},
	{is(transport.ErrCloseTimeout), again},
	{is(transport.ErrState), again},
	{is(transport.ErrBroken), again},
	{is(transport.ErrDescription), misread},
	{is(transport.ErrCandidate), misread},
	{is(transport.ErrNotOpen), again},
	{is(transport.ErrCongested), "The network is too slow for this at the moment. Try again in a while."},
	{is(transport.ErrTooLarge), "This is too large to be sent."},
	{is(transport.ErrNotText), misread},
	{is(data.ErrUnknown), misread},
	{is(vp8rtp.ErrTruncated), misread},
	{is(codec.ErrClosed), again},
	{is(codec.ErrNeedKeyFrame), "The picture of {peer} is being repaired."},
	{is(codec.ErrHidden), "The picture of {peer} is being repaired."},
	{as[*opus.Error], "The sound could not be processed. Leave the call and join again."},
	{as[*vpx.Error], "The picture could not be processed. Leave the call and join again."},
}

const (
	again   = "Something inside Confab went wrong. Leave the call and join again."
	misread = "{Peer} sent what Confab does not understand. Make sure that everybody has the newest version."
)
